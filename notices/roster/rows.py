"""PURE: a roster as a value: households in their blocks, their people, the seats these hold.

The same value is read from a file, read from the database and made by the demo's generator.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A term on a seat. `until` is its last day, as people say it; None: open."""

    title: str
    role: str
    block: str | None = None
    """For a block leader who lives elsewhere: the block led. None: the one of the household."""
    begins: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class PersonRow:
    name: str
    number: str = ""
    kana: str = ""
    born: int | None = None
    phone: str = ""
    mail: str = ""
    seats: tuple[SeatRow, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    block: str
    walk: int
    number: str
    name: str
    street: str = ""
    paper: bool = False
    people: tuple[PersonRow, ...] = ()
    line: int = field(default=0, compare=False)
    """The row of the file it begins in; the header is row 1."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a person has to look at, in Japanese; row 0 is the file as a whole."""

    row: int
    level: Literal["error", "warning"]
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """`columns` are the fields the file has: what it has no column for is left as it is."""

    households: Sequence[HouseholdRow]
    problems: Sequence[Problem]
    rows: int
    columns: frozenset[str]

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.level == "error"]


def same(text: str) -> str:
    """What two ways of writing one name have in common: widths, blanks, composed or not."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def same_number(text: str) -> str:
    """Likewise for numbers; a spreadsheet turns 001 into 1, and it is still the same household."""
    key = same(text)
    return key.lstrip("0") or "0" if key.isdigit() else key
