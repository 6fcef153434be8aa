"""An association of any size, put straight into the product's tables: 100,000 people in seconds, up to 300,000.

Its homes are those of the invented town; they only do not come in by a roster file. Nothing of it is in sync: it is
for whoever measures distribution, or wants to see a large town planned and sent to.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from random import Random
from typing import Final

from notices.models import Block, Household, Seat, Term
from notices.roster.rows import HouseholdRow, PersonRow, SeatRow
from notices.tokyo import today
from notices.town import founding
from notices.vault import Vault
from server.db import Database
from server.demo import town
from server.demo.census import Census, Way

MOST: Final = 300_000
"""People."""
_TOGETHER: Final = 2_500
"""Households in one transaction."""
_IN_A_HOME: Final = 2.17
_PHONES: Final = ((13, 0.0), (60, 0.6), (75, 0.45), (120, 0.12))
"""Below which age what share has a phone that is pushed to."""
_LINE: Final = ((16, 0.0), (60, 0.25), (75, 0.15), (120, 0.03))

Ways = Callable[[Random, PersonRow], Iterable[Way]]
"""How somebody is reached. `number` of the row is unique in the association."""


@dataclass(frozen=True, slots=True)
class Populated:
    """`president` may speak for the association."""

    association: str
    president: str
    people: int
    households: int


def realistic(push: Callable[[str], Way]) -> Ways:
    """A mailbox as the roster has it; a phone and LINE by age. `push`: the way to a phone of that name."""

    def ways(random: Random, person: PersonRow) -> Iterable[Way]:
        age = town.age_of(person)
        if person.mail:
            yield Way.mail(person.mail)
        if random.random() < _share(_PHONES, age):
            yield push(person.number)
        if random.random() < _share(_LINE, age):
            yield Way.line(f"U{random.getrandbits(128):032x}")

    return ways


def _share(table: Sequence[tuple[int, float]], age: int) -> float:
    return next((share for below, share in table if age < below), 0.0)


async def populate(
    db: Database, vault: Vault, tenant: str, people: int, ways: Ways, now: datetime, *, seed: int = 7
) -> Populated:
    """A city with one association of about `people` (where they are many, within a few in a thousand), in an empty
    migrated database.

    Raises ValueError above MOST.
    """
    if not 1 <= people <= MOST:
        raise ValueError(f"a town has 1 to {MOST} people here, not {people}")
    homes = await asyncio.to_thread(town.homes, seed, ceil(people / _IN_A_HOME) + 3, today(now))
    async with db.write() as session:
        await founding.city(session, tenant, town.CITY, town.CONTACT, now, demo=True)
        made = await founding.association(session, vault, tenant, "さくら町内会", "sakura", town.CONTACT, now)
    filling = _Filling(tenant, vault, now, made.id, ways, Random(seed))  # noqa: S311  the same town again
    for start in range(0, len(homes), _TOGETHER):
        census = await asyncio.to_thread(filling.fill, homes[start : start + _TOGETHER])
        async with db.write() as session:
            await census.write(session)
    return Populated(made.id, filling.president, filling.people, len(homes))


@dataclass(slots=True)
class _Filling:
    """What is to be remembered from one transaction to the next."""

    tenant: str
    vault: Vault
    now: datetime
    association: str
    ways: Ways
    random: Random
    blocks: dict[str, str] = field(default_factory=dict)
    president: str = ""
    people: int = 0

    def fill(self, homes: Sequence[HouseholdRow]) -> Census:
        census = Census(self.tenant, self.vault, self.now)
        for home in homes:
            self._home(census, home)
        return census

    def _home(self, census: Census, home: HouseholdRow) -> None:
        block = self._block(census, home.block)
        door = census.add(
            Household,
            association=self.association,
            block=block,
            walk=home.walk,
            number=home.number,
            name=home.name,
            street=census.sealed(home.street),
            paper=home.paper,
            joined_at=self.now,
        )
        for row in home.people:
            person = census.person(
                row.name,
                [door],
                number=row.number,
                kana=row.kana,
                born=row.born,
                phone=census.sealed(row.phone),
            )
            self.people += 1
            for way in self.ways(self.random, row):
                census.address(person, way)
            for seat in row.seats:
                self._seat(census, person, seat, block)

    def _block(self, census: Census, name: str) -> str:
        if name not in self.blocks:
            position = len(self.blocks) + 1
            self.blocks[name] = census.add(Block, association=self.association, name=name, position=position)
        return self.blocks[name]

    def _seat(self, census: Census, person: str, row: SeatRow, block: str) -> None:
        leads = block if row.role == "block-leader" else None
        seat = census.add(Seat, role=row.role, title=row.title, association=self.association, block=leads)
        ends = row.until + timedelta(days=1) if row.until else None
        census.add(Term, seat=seat, person=person, begins=row.begins or today(self.now), ends=ends)
        if row.role == "president":
            self.president = person
