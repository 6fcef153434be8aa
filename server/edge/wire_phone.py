"""What phones write by sync, kind by kind: whatever else they send along is none of ours."""

from typing import Literal

import msgspec

from notices.forms.said import CHAIR, Said
from server.edge.wire import Id


class StampData(msgspec.Struct):
    notice: Id
    household: Id
    round: int
    at: str


class AnswerData(msgspec.Struct):
    """What a phone writes of somebody's safety. `person`: of whom; without one, of everybody in the home. `at` is by the
    phone's clock; `after`, by ours: the `at` of the answer that it takes the place of, as the phone was told it."""

    notice: Id
    household: Id
    state: str
    at: str
    person: Id | None = None
    note: str = ""
    place: str = ""
    after: str | None = None


class VisitData(msgspec.Struct):
    notice: Id
    household: Id
    kind: str
    at: str
    sheet: Id | None = None
    """The printed sheet that came back."""


class ConsentData(msgspec.Struct):
    version: str
    locale: str
    at: str


class LookData(msgspec.Struct):
    block: Id
    at: str
    notice: Id | None = None


class Delegate(msgspec.Struct):
    name: str


class FormAnswerData(msgspec.Struct):
    """`letter`: a proxy letter instead of votes. `entered`: from paper, at their door."""

    notice: Id
    household: Id
    whose: Id
    at: str
    answers: dict[str, str | list[str]] = {}
    people: int | None = None
    letter: Literal["chair"] | Delegate | None = None
    entered: bool = False

    def said(self) -> Said:
        letter: str | None = self.letter.name if isinstance(self.letter, Delegate) else self.letter
        if letter == CHAIR and isinstance(self.letter, Delegate):
            letter = ""  # nobody's name: the chair is chosen, not written
        return Said(dict(self.answers), self.people, letter)
