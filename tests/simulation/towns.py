"""Small towns, drawn from a number: a few homes, people with none, one or several ways to be reached, some shared."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.models import Address, Block, Household, Person, Resident, Seat, Term
from notices.records.projection import refresh
from notices.tokyo import today
from notices.town import founding
from notices.town.standing import Standing, standing
from notices.vault import Vault
from server.db import Database
from server.demo.census import Census, Way
from tests.simulation.virtual import BEGIN

TENANTS: Final = ("hana", "toku")
DOMAINS: Final = ("docomo.example.jp", "mail.example.jp")
ORIGINS: Final = ("https://push.example.jp",)


@dataclass(frozen=True)
class Town:
    """Two cities in one database file, complete as bytes."""

    image: bytes
    speakers: Sequence[tuple[Standing, str]]
    """Presidents, each with the association they speak for."""
    plain: Mapping[str, str]
    """Address id → what is written on the envelope."""
    addresses: Sequence[tuple[str, str]]
    residents: Sequence[tuple[str, str, str]]
    """(tenant, household, person) of all who may move out."""


class Drawn(Census):
    """The rows of one city, in the making; `plain`: address id → what is written on the envelope."""

    def __init__(self, tenant: str, rng: Random, vault: Vault) -> None:
        super().__init__(tenant, vault, BEGIN)
        self.rng = rng
        self.plain: dict[str, str] = {}
        self._people = 0

    def resident(self, homes: Sequence[str]) -> str:
        self._people += 1
        return self.person(f"住民 {self._people}", homes, **self._wishes())

    def _wishes(self) -> dict[str, Any]:
        """Most have none; some sleep at night, some in the morning; some want no messages about money, or a bundle."""
        quiet = self.rng.choice(((None, None),) * 5 + ((22 * 60, 390), (570, 720)))
        digest, day = self.rng.choice((("now", 4),) * 6 + (("daily", 4), ("weekly", 0)))
        muted = self.rng.choice((",",) * 6 + (",money,",))
        names = ("quiet_from", "quiet_to", "digest", "digest_day", "muted")
        return dict(zip(names, (*quiet, digest, day, muted), strict=True))

    def line(self, person: str) -> None:
        user = f"U{ids.new_id()}"
        self._address(person, Way.line(user))

    def mail(self, person: str, mailbox: str) -> None:
        self._address(person, Way.mail(mailbox))

    def push(self, person: str) -> None:
        origin = self.rng.choice(ORIGINS)
        endpoint = f"{origin}/{self.tenant}/{ids.new_id()}"
        self._address(person, Way.push(origin, endpoint, "k", "a"))

    def _address(self, person: str, way: Way) -> None:
        state = "off" if self.rng.random() < 0.05 else "live"
        self.plain[self.address(person, way, state)] = way.name


def _fill(census: Drawn, association: str, homes: int) -> str:
    """Homes with people in them; returns the president."""
    rng = census.rng
    blocks = [
        census.add(Block, association=association, name=f"{n}班", position=n)
        for n in range(1, rng.choice((1, 1, 2)) + 1)
    ]
    doors = [_door(census, association, rng.choice(blocks), number) for number in range(1, homes + 1)]
    for number, door in enumerate(doors):
        second = [rng.choice(doors)] if rng.random() < 0.1 else []
        couple = rng.random() < 0.5
        mailbox = f"home{number}.{census.tenant}@{rng.choice(DOMAINS)}"
        for _ in range(1 + couple):
            person = census.resident(list(dict.fromkeys([door, *second])))
            if rng.random() < 0.7:
                census.mail(person, mailbox)
            if rng.random() < 0.5:
                census.push(person)
            if rng.random() < 0.2:
                census.line(person)
    seat = census.add(Seat, role="president", title="会長", association=association)
    president = str(census.rows[Person][0]["id"])
    begins = today(BEGIN) - timedelta(days=100)
    census.add(Term, seat=seat, person=president, begins=begins)
    census.touched.blocks |= set(blocks)
    census.touched.seats.add(seat)
    return president


def _door(census: Drawn, association: str, block: str, number: int) -> str:
    door = census.add(
        Household,
        association=association,
        block=block,
        walk=number,
        number=str(number),
        name=f"家 {number}",
        joined_at=BEGIN,
        paper=census.rng.random() < 0.1,
    )
    census.touched.households.add(door)
    return door


async def _city(
    session: AsyncSession, rng: Random, vault: Vault, tenant: str, homes: int
) -> tuple[Drawn, tuple[Standing, str]]:
    await founding.city(session, tenant, "花水木市", "市役所", BEGIN)
    made = await founding.association(session, vault, tenant, "さくら町内会", "sakura", "会長", BEGIN)
    census = Drawn(tenant, rng, vault)
    president = _fill(census, made.id, homes)
    await census.write(session)
    await refresh(session, vault, tenant, census.touched, BEGIN)
    by = await standing(session, tenant, president, BEGIN)
    assert by is not None
    return census, (by, made.id)


async def found(db: Database, vault: Vault, number: int) -> Town:
    """Town `number`, in the empty migrated database `db`, which is closed then."""
    rng = Random(f"town {number}")
    made = []
    for tenant, homes in zip(TENANTS, (rng.randint(5, 16), 3), strict=True):
        async with db.write() as session:
            made.append(await _city(session, rng, vault, tenant, homes))
    await db.close()
    with closing(sqlite3.connect(str(db.url.database))) as connection:
        image = connection.serialize()
    return Town(
        image=image,
        speakers=[speaker for _, speaker in made],
        plain={id: plain for census, _ in made for id, plain in census.plain.items()},
        addresses=[(row["tenant"], row["id"]) for census, _ in made for row in census.rows[Address]],
        residents=[
            (row["tenant"], row["household"], row["person"])
            for census, _ in made
            for row in census.rows[Resident]
        ],
    )


def put(town: Town, file: Path) -> None:
    """Before anything has connected to `file`."""
    for beside in ("-wal", "-shm"):
        file.with_name(file.name + beside).unlink(missing_ok=True)
    file.write_bytes(town.image)
