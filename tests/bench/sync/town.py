"""A town to measure on: one association, or several where a roster would be too long; twenty homes to a block, a phone
for whoever is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from sqlalchemy import select

from notices import roster
from notices.enrolment import devices
from notices.models import Household, Person, Resident
from notices.roster import sheet
from notices.tokyo import today
from notices.town import founding
from server import keys
from server.db import Database
from server.house import utc_now

TENANT = "hana"
_HEADS = "班,巡回順,世帯番号,世帯名,住所,紙,住民番号,氏名,ふりがな,生年,電話,メール,役職,任期開始,任期終了"
_HOMES = 20
ENROLLED_AT_ONCE = 500
TURN = 0.2
"""Seconds: whoever waits for SQLite's lock looks again ten times a second."""


@dataclass(frozen=True, slots=True)
class Home:
    person: str
    household: str
    block: str
    association: str


@dataclass(frozen=True, slots=True)
class Founded:
    """`homes[0]` is the president's, and so is the first of each association; a resident of any other home is in five
    scopes."""

    city: str
    associations: list[str]
    homes: list[Home]

    @property
    def association(self) -> str:
        """The first, where there is but one."""
        return self.associations[0]


@asynccontextmanager
async def database(url: str, folder: Path) -> AsyncIterator[Database]:
    """With the keys that the servers of `folder` have."""
    db = Database(url, keys.make(folder / "kairan.secret").vault)
    try:
        yield db
    finally:
        await db.close()


async def found(db: Database, households: int) -> Founded:
    now, made = utc_now(), []
    async with db.write() as session:
        city = await founding.city(session, TENANT, "花水木市", "市役所 000-0000-0000", now)
    for first in range(0, households, sheet.MOST_ROWS):
        many = range(first, min(households, first + sheet.MOST_ROWS))
        async with db.write() as session:
            name, short = ("さくら町内会", "sakura") if first == 0 else (f"第{first}町内会", f"a{first}")
            there = await founding.association(
                session, db._vault, TENANT, name, short, "会長 000-0000-0001", now
            )
            parsed = sheet.parse(_roster(many).encode(), today(now))
            await roster.apply(session, db._vault, TENANT, there.id, parsed, None, now)
            made.append(there.id)
    return Founded(city.id, made, await _homes(db))


def _roster(households: range) -> str:
    lines = [_HEADS]
    for n in households:
        seat = ("会長", "2020-04-01", "") if n == households.start else ("", "", "")
        block, walk = f"{n // _HOMES + 1}班", n % _HOMES + 1
        lines.append(
            ",".join([block, str(walk), str(n), f"家{n}", "", "", str(n), f"人 {n}", "", *[""] * 3, *seat])
        )
    return "\n".join(lines) + "\n"


async def _homes(db: Database) -> list[Home]:
    query = (
        select(Resident.person, Household.id, Household.block, Household.association, Person.number)
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
    )
    async with db.read() as session:
        rows = (await session.execute(query)).all()
    return [Home(*row[:4]) for row in sorted(rows, key=lambda row: int(row.number or 0))]


async def enrol(db: Database, people: list[str]) -> list[str]:
    """A phone for each; its tokens. In parts, between which a server on the same file has its turn."""
    now, chance, tokens = utc_now(), SystemRandom(), list[str]()
    for start in range(0, len(people), ENROLLED_AT_ONCE):
        async with db.write() as session:
            for person in people[start : start + ENROLLED_AT_ONCE]:
                newcomer = devices.Newcomer("計測", None)
                made = await devices.enrol(session, db._vault, TENANT, person, newcomer, now, chance)
                tokens.append(made.token)
        if start + ENROLLED_AT_ONCE < len(people):
            await asyncio.sleep(TURN)
    return tokens
