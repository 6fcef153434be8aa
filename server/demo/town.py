"""Hanamizuki City (花水木市): an invented town of 12 associations, the same for the same seed.

What comes out are roster files, so that a demo comes in by the way a real town does. Shares are plausible for a
Japanese town of today: heads of households around 65, a fifth of the households one old person alone, a mailbox
for about half of the adults, paper for one household in eight. Telephone numbers begin with 000 and mail
addresses end in example.jp: neither reaches anybody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Final

from notices.roster import sheet
from notices.roster.rows import HouseholdRow, PersonRow, SeatRow
from server.demo import names
from server.demo.names import Name

CITY: Final = "花水木市"
CONTACT: Final = "花水木市役所 市民協働課 000-0000-1111"
HOUSEHOLDS: Final = 3_000
_ASSOCIATIONS: Final = [
    ("さくら町内会", "sakura", 260),
    ("みどり自治会", "midori", 412),
    ("川岸町会", "kawagishi", 133),
    ("本町一丁目町内会", "honcho-1", 305),
    ("本町二丁目町内会", "honcho-2", 287),
    ("駅前町会", "ekimae", 198),
    ("朝日ヶ丘自治会", "asahigaoka", 486),
    ("八幡町内会", "hachiman", 221),
    ("新田町内会", "shinden", 176),
    ("若葉台自治会", "wakabadai", 341),
    ("寺前町会", "teramae", 94),
    ("梅林町内会", "bairin", 87),
]
"""Name, slug, households in a town of 3,000."""
_IN_CP932: Final = frozenset({"kawagishi", "shinden", "teramae"})
"""Lists kept on an old computer."""
_YEAR: Final = 2025
"""Of which the ages are: whatever the day, a seed makes the same people, and only terms are of the day's year."""
_FAMILIES: Final = {"old alone": 21, "old couple": 29, "middle": 14, "alone": 13, "children": 16, "three": 7}


@dataclass(frozen=True, slots=True)
class Association:
    """`roster` is a CSV file for `sheet.parse`."""

    name: str
    slug: str
    contact: str
    households: int
    roster: bytes


@dataclass(frozen=True, slots=True)
class Town:
    name: str
    contact: str
    associations: Sequence[Association]


def town(seed: int, households: int = HOUSEHOLDS, today: date = date(2026, 4, 1)) -> Town:
    """12 associations that together have `households`; terms are those of the fiscal year of `today`."""
    sizes = _shares(households, [size for _, _, size in _ASSOCIATIONS])
    return Town(
        CITY,
        CONTACT,
        [association(seed, size, today, place) for place, size in enumerate(sizes)],
    )


def association(
    seed: int, households: int = 260, today: date = date(2026, 4, 1), place: int = 0
) -> Association:
    """One of any size; `place` says which of the twelve it is named after."""
    name, slug, _ = _ASSOCIATIONS[place]
    rows = homes(seed, households, today, place)
    encoding = "cp932" if slug in _IN_CP932 else "utf-8"
    contact = f"{name} 集会所 000-0000-{2000 + place}"
    return Association(name, slug, contact, len(rows), sheet.format(rows, encoding))


def homes(seed: int, households: int, today: date, place: int = 0) -> list[HouseholdRow]:
    """Those of one association, as its roster has them."""
    slug = _ASSOCIATIONS[place][1]
    random = Random(f"{seed} {slug}")  # noqa: S311  the same town for the same seed
    return _Streets(random, today, slug).households(households)


def age_of(person: PersonRow) -> int:
    """In the year the ages are of."""
    return _YEAR - (person.born or _YEAR)


def _shares(total: int, weights: Sequence[int]) -> list[int]:
    """Whole numbers in proportion, with `total` as their sum."""
    ends, sum_, whole = [], 0, sum(weights)
    for weight in weights:
        sum_ += weight
        ends.append(round(total * sum_ / whole))
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


class _Streets:
    """The households of one association, street by street."""

    def __init__(self, random: Random, today: date, slug: str) -> None:
        self._random = random
        self._today = today
        self._surnames = names.SURNAMES + (names.RARE_SURNAMES if slug not in _IN_CP932 else [])
        self._slug = slug
        self._mails = 0
        self._people = 0

    def households(self, count: int) -> list[HouseholdRow]:
        rows: list[HouseholdRow] = []
        for block, size in enumerate(self._blocks(count), 1):
            rows += [self._household(block, walk, len(rows) + walk) for walk in range(1, size + 1)]
        return list(self._seated(rows))

    def _blocks(self, count: int) -> Iterator[int]:
        """8 to 20 households each, the last one perhaps fewer."""
        while count > 0:
            size = min(count, self._random.randint(8, 20))
            if 0 < count - size < 8:
                size = count if count <= 20 else count // 2
            yield size
            count -= size

    def _household(self, block: int, walk: int, number: int) -> HouseholdRow:
        surname = self._random.choice(self._surnames)
        family = self._random.choices([*_FAMILIES], weights=[*_FAMILIES.values()])[0]
        people = self._with_mail(surname, self._family(surname, self._ages(family)))
        return HouseholdRow(
            block=f"{block}班",
            walk=walk,
            number=f"{number:04}",
            name=surname[0],
            street=f"{1 + block % 5}丁目{1 + block // 5}-{walk}",
            paper=self._wants_paper(people),
            people=people,
        )

    def _ages(self, family: str) -> list[tuple[int, bool]]:
        """(age, whether a woman) of each."""
        random = self._random
        old, middle, young = random.randint(66, 94), random.randint(48, 66), random.randint(28, 49)
        children = [(random.randint(0, 17), random.random() < 0.5) for _ in range(random.randint(1, 3))]
        if family == "old alone":
            return [(old, random.random() < 0.72)]
        if family == "old couple":
            return [(old, False), (max(60, old - random.randint(-1, 5)), True)]
        if family == "middle":
            return [(middle, False), (middle - random.randint(-2, 5), True)]
        if family == "alone":
            return [(random.randint(22, 66), random.random() < 0.45)]
        parents = [(young, False), (young - random.randint(-2, 4), True)]
        if family == "children":
            return parents + children
        return [(young + random.randint(25, 32), True), *parents, *children]

    def _family(self, surname: Name, ages: Sequence[tuple[int, bool]]) -> tuple[PersonRow, ...]:
        people: list[PersonRow] = []
        taken: set[Name] = set()
        for age, woman in ages:
            given = self._random.choice([name for name in _given_names(age, woman) if name not in taken])
            taken.add(given)
            people.append(self._person(surname, given, age))
        return tuple(people)

    def _person(self, surname: Name, given: Name, age: int) -> PersonRow:
        self._people += 1
        return PersonRow(
            name=f"{surname[0]} {given[0]}",
            number=f"{self._people:05}",
            kana=f"{surname[1]} {given[1]}",
            born=_YEAR - age,
            phone=f"000-{self._random.randrange(10_000):04}-{self._random.randrange(10_000):04}"
            if age >= 18 and self._random.random() < 0.7
            else "",
        )

    def _with_mail(self, surname: Name, people: Sequence[PersonRow]) -> tuple[PersonRow, ...]:
        """Adults have a mailbox by age; some couples share one; what came from an old telephone has its dots."""
        shared = self._mail(surname[2], old=True) if self._random.random() < 0.08 else ""
        return tuple(
            replace(person, mail=shared or self._mail(surname[2], old=self._random.random() < 0.1))
            if self._has_mail(person)
            else person
            for person in people
        )

    def _has_mail(self, person: PersonRow) -> bool:
        age = age_of(person)
        share = 0.0 if age < 18 else 0.75 if age < 60 else 0.55 if age < 75 else 0.22
        return self._random.random() < share

    def _mail(self, surname: str, *, old: bool) -> str:
        self._mails += 1
        if old:
            local = self._random.choice([f"{surname}..{self._mails}", f"{surname}.{self._mails}."])
            return f"{local}@keitai.example.jp"
        domain = self._random.choice(["mail.example.jp", "mail.example.jp", "net.example.jp", "example.jp"])
        return f"{surname}{self._mails}.{self._slug}@{domain}"

    def _wants_paper(self, people: Sequence[PersonRow]) -> bool:
        old = all(age_of(person) >= 70 for person in people)
        return self._random.random() < (0.35 if old and not any(person.mail for person in people) else 0.04)

    def _seated(self, rows: Sequence[HouseholdRow]) -> Iterator[HouseholdRow]:
        """A president and officers among the grown-up, and one leader for each block."""
        heads = [row.number for row in rows if age_of(row.people[0]) <= 82]
        wanted = ["会長", "副会長", "副会長", "会計", "書記", "防災部長"]
        officers = dict(zip(self._random.sample(heads, min(len(heads), len(wanted))), wanted, strict=False))
        blocks: dict[str, list[str]] = {}
        for row in rows:
            blocks.setdefault(row.block, []).append(row.number)
        leaders = {self._random.choice(numbers) for numbers in blocks.values()}
        for row in rows:
            titles = [officers[row.number]] if row.number in officers else []
            titles += ["班長"] if row.number in leaders else []
            head = replace(row.people[0], seats=tuple(self._seat(title) for title in titles))
            yield replace(row, people=(head, *row.people[1:]))

    def _seat(self, title: str) -> SeatRow:
        year = self._today.year - (self._today < date(self._today.year, 4, 1))
        role = {"会長": "president", "班長": "block-leader"}.get(title, "officer")
        return SeatRow(title, role, None, date(year, 4, 1), date(year + 1, 3, 31))


def _given_names(age: int, woman: bool) -> Sequence[Name]:
    if age < 18:
        return names.GIRLS if woman else names.BOYS
    if age < 60:
        return names.WOMEN if woman else names.MEN
    return names.OLD_WOMEN if woman else names.OLD_MEN
