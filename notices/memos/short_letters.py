"""Letters that carry no notice: is all well, a circular waits for you, and what the house has to say to one person."""

from notices.models import Association, City
from notices.wording.letter import MEMO, NUDGE, QUESTION, Letter
from notices.wording.words import spoken, words_of


def question_of(association: Association, lang: str) -> Letter:
    """Is all well? — in the association's name."""
    title, body = words_of(lang).question
    return Letter(
        id=QUESTION,
        kind=QUESTION,
        title=title,
        body=body,
        association=association.name,
        association_id=association.id,
        author="",
        contact=association.contact,
        lang=spoken(lang),
    )


def short_of(id: str, said: tuple[str, str], sender: str, lang: str, path: str = "") -> Letter:
    """`said`: title and words. `sender`: in whose name. `path`: where it leads in the app, if anywhere."""
    title, body = said
    return Letter(
        id=id,
        kind=MEMO,
        title=title,
        body=body,
        association=sender,
        association_id="city",
        author="",
        contact="",
        urgency="urgent",
        lang=spoken(lang),
        path=path,
    )


def nudge_of(
    association: Association, circular: str, city: City, title: str, again: bool, lang: str
) -> Letter:
    """A circular waits for the association: to its officers, in the city's name."""
    heading, body = words_of(lang).waits(city.name, title, again)
    return Letter(
        id=circular,
        kind=NUDGE,
        title=heading,
        body=body,
        association=city.name,
        association_id=association.id,
        author="",
        contact=city.contact,
        lang=spoken(lang),
    )
