"""PURE: what counts of all that was said, and in which column of a board a person and a home stand.

The newest answer that speaks of a person counts, whether it names them or was given for the whole home: who pressed
"we are all safe" after "I need help" has changed their mind. A home stands where its worst-off person does: somebody
who needs help is seen first, then that somebody has not answered at all.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

STATES: Final = ("safe", "need-help", "family-safe", "at-shelter")
COLUMNS: Final = ("needHelp", "missing", "atShelter", "safe")
"""Worst first: in this order a board is read, and a home stands in the first that holds one of its people."""
COLUMN: Final[Mapping[str, str]] = {
    "safe": "safe",
    "family-safe": "safe",
    "at-shelter": "atShelter",
    "need-help": "needHelp",
}

Order = tuple[datetime, datetime, str]
"""When it was pressed, as it counts; as the phone said; the press itself. The greatest is the newest."""


class Answer(NamedTuple):
    """`subject`: a person, or the household itself."""

    subject: str
    state: str
    order: Order
    late: bool = False


class Home(NamedTuple):
    column: str
    people: Mapping[str, str]
    """Person → column, of the people asked."""
    decisive: Mapping[str, Answer]
    """Person → the answer that counts for them."""
    late: bool


def stand(household: str, asked: Collection[str], answers: Sequence[Answer]) -> Home:
    """`asked`: the people of the home when it was asked. Whoever came later and needs help is seen in its column too."""
    newest: dict[str, Answer] = {}
    for answer in answers:
        if answer.subject not in newest or answer.order > newest[answer.subject].order:
            newest[answer.subject] = answer
    whole = newest.get(household)
    decisive = {
        person: max(said, key=lambda answer: answer.order)
        for person in (*asked, *newest)
        if person != household and (said := [each for each in (newest.get(person), whole) if each])
    }
    people = {person: _column(decisive.get(person)) for person in asked}
    found = {*people.values(), *(_column(answer) for answer in decisive.values())}
    if not asked and not decisive:
        found = {_column(whole)}
    column = next(each for each in COLUMNS if each in found)
    return Home(column, people, decisive, any(answer.late for answer in newest.values()))


def _column(answer: Answer | None) -> str:
    return "missing" if answer is None else COLUMN[answer.state]
