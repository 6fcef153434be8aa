"""PURE: what a form asks. It is checked once, whichever way it came, and kept as JSON with its notice.

Ids of questions and options are the writer's own, short, and never used again: answers name them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from notices.forms.form_errors import FormNeedsDeadline, FormWrong

Kind = Literal["attendance", "survey", "assembly"]
Per = Literal["household", "person"]
Asks = Literal["one", "many", "text", "vote"]
KINDS: Final = ("attendance", "survey", "assembly")
ASKS: Final = ("one", "many", "text", "vote")
VOTES: Final = ("for", "against", "abstain")
"""The options of every motion."""
QUESTIONS: Final = 20
OPTIONS: Final = 20
QUESTION_LENGTH: Final = 200
OPTION_LENGTH: Final = 80
MOST_PLACES: Final = 10_000

_ID: Final = re.compile(r"[a-z0-9]{1,12}")
_FORBIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """`needed`: an answer without it is refused."""

    id: str
    asks: Asks
    text: str
    options: tuple[Option, ...] = ()
    needed: bool = False

    @property
    def choices(self) -> tuple[str, ...]:
        """Ids of what may be chosen; of a text none."""
        return VOTES if self.asks == "vote" else tuple(option.id for option in self.options)


@dataclass(frozen=True, slots=True)
class Form:
    """`places`: for so many people; None where there is room for all. `secret`: nobody is told who answered what."""

    kind: Kind
    per: Per = "household"
    secret: bool = False
    places: int | None = None
    questions: tuple[Question, ...] = ()

    def question(self, id: str) -> Question | None:
        return next((each for each in self.questions if each.id == id), None)


def checked(form: Form, *, has_deadline: bool) -> Form:
    """The form, or the error that says what to change: FormWrong, FormNeedsDeadline."""
    if form.kind not in KINDS:
        raise FormWrong(field="kind", why=f"it is one of {', '.join(KINDS)}")
    if form.kind == "assembly" and form.per != "household":
        raise FormWrong(field="per", why="a vote is a household's")
    if form.kind == "assembly" and not has_deadline:
        raise FormNeedsDeadline()
    if form.places is not None and (form.kind != "attendance" or not 1 <= form.places <= MOST_PLACES):
        raise FormWrong(field="places", why=f"attendance has 1 to {MOST_PLACES} of them")
    if len(form.questions) > QUESTIONS or (form.kind != "attendance" and not form.questions):
        raise FormWrong(field="questions", why=f"there are 1 to {QUESTIONS} of them")
    _unique(form.questions, "questions")
    for question in form.questions:
        _checked(question, motion=form.kind == "assembly")
    return form


def _checked(question: Question, *, motion: bool) -> None:
    if question.asks not in ASKS or (question.asks == "vote") != motion:
        raise FormWrong(field="asks", why="a motion is voted on, every other question is one, many or text")
    _text(question.text, QUESTION_LENGTH, "questions")
    chosen = question.asks in ("one", "many")
    if chosen and not 2 <= len(question.options) <= OPTIONS:
        raise FormWrong(field="options", why=f"there are 2 to {OPTIONS} of them")
    if not chosen and question.options:
        raise FormWrong(field="options", why="this question has none")
    _unique(question.options, "options")
    for option in question.options:
        _text(option.text, OPTION_LENGTH, "options")


def _unique(named: Sequence[Question | Option], field: str) -> None:
    ids = [each.id for each in named]
    if len(set(ids)) != len(ids) or not all(_ID.fullmatch(id) for id in ids):
        raise FormWrong(field=field, why="each has an id of its own: 1 to 12 small letters and digits")


def _text(text: str, most: int, field: str) -> None:
    if not text.strip() or len(text) > most or _FORBIDDEN.search(text):
        raise FormWrong(field=field, why=f"each has a text of 1 to {most} characters, without controls")


def is_plain(text: str) -> bool:
    """Nothing in it but letters, spaces and line breaks."""
    return not _FORBIDDEN.search(text.replace("\n", " "))


def as_json(form: Form) -> dict[str, Any]:
    return {
        "kind": form.kind,
        "per": form.per,
        "secret": form.secret,
        "places": form.places,
        "questions": [_question_json(each) for each in form.questions],
    }


def _question_json(question: Question) -> dict[str, Any]:
    return {
        "id": question.id,
        "asks": question.asks,
        "text": question.text,
        "needed": question.needed,
        "options": [{"id": option.id, "text": option.text} for option in question.options],
    }


def of_json(said: Mapping[str, Any]) -> Form:
    """What as_json made."""
    return Form(
        kind=cast(Kind, said["kind"]),
        per=cast(Per, said["per"]),
        secret=bool(said["secret"]),
        places=said["places"],
        questions=tuple(_of_json(said["questions"])),
    )


def _of_json(said: Sequence[Mapping[str, Any]]) -> Iterator[Question]:
    for each in said:
        options = tuple(Option(option["id"], option["text"]) for option in each["options"])
        yield Question(each["id"], each["asks"], each["text"], options, each["needed"])


@dataclass(frozen=True, slots=True)
class Removed:
    """What a correction takes away: questions, and (question, option) of those that stay."""

    questions: frozenset[str]
    options: frozenset[tuple[str, str]]

    def __bool__(self) -> bool:
        return bool(self.questions or self.options)


def removed(before: Form, after: Form) -> Removed:
    """A question that asks in another way is another question."""
    kept = {each.id: each for each in after.questions}
    gone = {each.id for each in before.questions if each.id not in kept or kept[each.id].asks != each.asks}
    options = {
        (each.id, choice)
        for each in before.questions
        if each.id not in gone
        for choice in set(each.choices) - set(kept[each.id].choices)
    }
    return Removed(frozenset(gone), frozenset(options))
