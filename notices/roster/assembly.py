"""PURE: rows of a roster file put together to households, and everything that is wrong with them.

Reading goes on after an error, so that an officer sees all of them at once.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, TypeVar

from notices.roster import cells
from notices.roster.cells import CellWrong
from notices.roster.rows import HouseholdRow, Parsed, PersonRow, Problem, SeatRow, same, same_number
from notices.roster.titles import TitleUnknown, read_title
from notices.town import mail_address

T = TypeVar("T")
_OF_HOUSEHOLD: Final = ("block", "walk", "household", "householdName", "street", "paper")
_OF_PERSON: Final = ("number", "name", "kana", "born", "phone", "mail")
_OF_SEAT: Final = ("title", "begins", "until")
Cells = dict[str, str]


@dataclass(slots=True)
class _Person:
    row: int
    said: Cells
    seats: list[SeatRow] = field(default_factory=list)


@dataclass(slots=True)
class _Household:
    row: int
    said: Cells
    people: dict[tuple[str, str], _Person] = field(default_factory=dict)


class Assembly:
    """`headings`: the Japanese word for each field, for the sentences."""

    def __init__(self, today: date, headings: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self.rows = 0
        self._today = today
        self._headings = headings
        self._households: dict[str, _Household] = {}
        self._numbers: dict[str, tuple[str, tuple[str, str]]] = {}

    def error(self, row: int, message: str) -> None:
        self.problems.append(Problem(row, "error", message))

    def warn(self, row: int, message: str) -> None:
        self.problems.append(Problem(row, "warning", message))

    def add(self, row: int, raw: Mapping[str, str]) -> None:
        """One row of the file, a person or an empty household."""
        said = {
            name: text for name, cell in raw.items() if (text := self._cell(row, name, cells.cleaned, cell))
        }
        if not said.get("household"):
            self.error(row, "世帯番号がありません。世帯ごとに番号を付けてください。")
            return
        household = self._household(row, {name: said[name] for name in _OF_HOUSEHOLD if name in said})
        if said.get("name"):
            self._person(row, household, said)
        elif any(name in said for name in _OF_PERSON + _OF_SEAT):
            self.error(row, "氏名がありません。人のいない世帯なら、住民の列をすべて空けてください。")

    def _household(self, row: int, said: Cells) -> _Household:
        household = self._households.setdefault(same_number(said["household"]), _Household(row, {}))
        self._agree(row, household.row, household.said, said)
        return household

    def _person(self, row: int, household: _Household, said: Cells) -> None:
        key = (same(said["name"]), same_number(said["number"]) if "number" in said else "")
        self._once(row, household, key)
        seat = self._seat(row, said)
        person = household.people.get(key)
        if person is None:
            person = household.people[key] = _Person(row, {})
        elif seat is None or any(_is_same_term(seat, other) for other in person.seats):
            self.error(row, f"{person.row}行目と同じ人です。どちらかの行を消してください。")
            return
        self._agree(row, person.row, person.said, {name: said[name] for name in _OF_PERSON if name in said})
        if seat:
            person.seats.append(seat)

    def _once(self, row: int, household: _Household, key: tuple[str, str]) -> None:
        """A number is one person's; without numbers a name is."""
        name, number = key
        home = same_number(household.said["household"])
        if number and self._numbers.setdefault(number, (home, key)) != (home, key):
            self.error(row, "この住民番号は、ほかの人にも付いています。")
        namesakes = [other for other in household.people if other[0] == name and other != key]
        if any(not number or not other[1] for other in namesakes):
            self.error(row, "同じ世帯に同じ氏名があります。別の人なら、両方に住民番号を付けてください。")

    def _agree(self, row: int, first: int, known: Cells, said: Cells) -> None:
        for name, text in said.items():
            if same(known.setdefault(name, text)) != same(text) and name != "household":
                self.error(row, f"「{self._headings[name]}」が{first}行目の「{known[name]}」とちがいます。")

    def _seat(self, row: int, said: Cells) -> SeatRow | None:
        begins = self._cell(row, "begins", cells.day, said.get("begins"))
        until = self._cell(row, "until", cells.day, said.get("until"))
        if "title" not in said:
            if "begins" in said or "until" in said:
                self.error(row, "任期がありますが、役職がありません。")
            return None
        if begins and until and until < begins:
            self.error(row, "任期の終わりが始まりより前です。")
        try:
            seat = replace(read_title(said["title"]), begins=begins, until=until)
        except TitleUnknown as unknown:
            self.error(row, str(unknown))
            return None
        if until and until < self._today:
            self.warn(
                row,
                f"「{seat.title}」の任期は{until.isoformat()}に終わっているため、役職なしとして扱います。",
            )
        return seat

    def _cell(self, row: int, name: str, read: Callable[[str], T], text: str | None) -> T | None:
        """The value of a cell; None where it is empty, or wrong and reported."""
        if not text:
            return None
        try:
            return read(text)
        except CellWrong as wrong:
            self.error(row, f"「{self._headings[name]}」: {wrong}")
            return None

    # --- all rows are there ---------------------------------------------------------------------------

    def finished(self, columns: frozenset[str]) -> Parsed:
        blocks: dict[str, str] = {}
        households = [self._built(household, blocks) for household in self._households.values()]
        households = [self._led(household, blocks) for household in _walked(households)]
        self._warn_about_places(households)
        return Parsed(households, sorted(self.problems, key=lambda problem: problem.row), self.rows, columns)

    def _built(self, household: _Household, blocks: dict[str, str]) -> HouseholdRow:
        said, row = household.said, household.row
        people = tuple(self._read(person) for person in household.people.values())
        if not said.get("block"):
            self.error(row, "班がありません。")
        name = said.get("householdName")
        if not name:
            name = people[0].name if people else said["household"]
            self.warn(row, f"世帯名がないので「{name}」とします。")
        self._warn_about_characters(row, said)
        return HouseholdRow(
            block=blocks.setdefault(same(said.get("block", "")), said.get("block", "")),
            walk=self._cell(row, "walk", cells.walk, said.get("walk")) or 0,
            number=said["household"],
            name=name,
            street=said.get("street", ""),
            paper=self._cell(row, "paper", cells.paper, said.get("paper")) or False,
            people=people,
            line=row,
        )

    def _read(self, person: _Person) -> PersonRow:
        said, row = person.said, person.row
        mail = self._cell(row, "mail", cells.mail, said.get("mail")) or ""
        if mail_address.is_old_style(mail):
            self.warn(row, f"「{mail}」は昔の携帯メールの形です。このまま登録して、送ってみます。")
        if "phone" in said and not cells.looks_like_phone(said["phone"]):
            self.warn(row, "電話番号に数字のほかの文字があります。書かれたまま登録します。")
        self._warn_about_characters(row, said)
        return PersonRow(
            name=said["name"],
            number=said.get("number", ""),
            kana=said.get("kana", ""),
            born=self._cell(row, "born", lambda text: cells.year(text, self._today), said.get("born")),
            phone=said.get("phone", ""),
            mail=mail,
            seats=tuple(seat for seat in person.seats if not seat.until or seat.until >= self._today),
            line=row,
        )

    def _led(self, household: HouseholdRow, blocks: Mapping[str, str]) -> HouseholdRow:
        """Blocks named in a title are blocks of this file; the household's own needs no naming."""
        people = []
        for person in household.people:
            for seat in person.seats:
                if seat.block and same(seat.block) not in blocks:
                    self.error(person.line, f"役職にある班「{seat.block}」が、この名簿にありません。")
            seats = tuple(_at_home(seat, household.block, blocks) for seat in person.seats)
            people.append(replace(person, seats=seats))
        return replace(household, people=tuple(people))

    def _warn_about_characters(self, row: int, said: Cells) -> None:
        if any(cells.has_private_characters(text) for text in said.values()):
            self.warn(row, "外字が使われています。ほかの端末では表示されません。ふつうの字に直してください。")

    def _warn_about_places(self, households: list[HouseholdRow]) -> None:
        places = Counter((household.block, household.walk) for household in households)
        for household in households:
            if places[household.block, household.walk] > 1:
                self.warn(
                    household.line, f"{household.block}の巡回順{household.walk}が、ほかの世帯と同じです。"
                )


def _is_same_term(one: SeatRow, other: SeatRow) -> bool:
    return replace(one, title=same(one.title), until=None) == replace(
        other, title=same(other.title), until=None
    )


def _at_home(seat: SeatRow, home: str, blocks: Mapping[str, str]) -> SeatRow:
    block = blocks.get(same(seat.block), seat.block) if seat.block else None
    return replace(seat, block=None if block == home else block)


def _walked(households: list[HouseholdRow]) -> Iterator[HouseholdRow]:
    """Who has no place in the walking order comes last, in the order of the file."""
    last: dict[str, int] = defaultdict(int)
    for household in households:
        last[household.block] = max(last[household.block], household.walk)
    for household in households:
        if not household.walk:
            last[household.block] += 1
        yield replace(household, walk=household.walk or last[household.block])
