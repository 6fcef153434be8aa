"""A large town straight into the tables: as a roster would have made it, only without what phones are told."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from notices.models import Address, Block, Household, Person, Resident, Seat
from notices.town.standing import standing
from server import keys
from server.db import Database
from server.demo import populating
from server.demo.census import Way
from server.demo.populating import populate, realistic

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
ORIGIN = "https://push.example.jp"


def push(name: str) -> Way:
    return Way.push(ORIGIN, f"{ORIGIN}/push/{name}", "p256dh", "auth")


async def test_everybody_lives_somewhere_and_its_president_speaks(database_url: str, tmp_path: Path) -> None:
    vault = keys.make(tmp_path / "secret").vault
    db = Database(database_url, vault)
    made = await populate(db, vault, "hana", 600, realistic(push), NOW)
    async with db.read() as session:
        people = (await session.scalars(select(Person))).all()
        residents = (await session.scalars(select(Resident.person))).all()
        households = await session.scalar(select(func.count()).select_from(Household))
        led = (await session.scalars(select(Seat.block).where(Seat.role == "block-leader"))).all()
        blocks = (await session.scalars(select(Block.id))).all()
        president = await standing(session, "hana", made.president, NOW)
    await db.close()
    assert 500 <= made.people == len(people) <= 700
    assert Counter(residents) == Counter(person.id for person in people)
    assert households == made.households
    assert sorted(led, key=str) == sorted(blocks)
    assert president is not None
    assert president.officer_of(made.association)


async def test_what_leads_to_somebody_is_sealed_and_each_channel_has_its_share(
    sqlite_database: str, tmp_path: Path
) -> None:
    vault = keys.make(tmp_path / "secret").vault
    db = Database(sqlite_database, vault)
    made = await populate(db, vault, "hana", 600, realistic(push), NOW)
    async with db.read() as session:
        addresses = (await session.scalars(select(Address))).all()
    await db.close()
    shares = {
        channel: count / made.people for channel, count in Counter(row.channel for row in addresses).items()
    }
    assert 0.3 < shares["mail"] < 0.6
    assert 0.2 < shares["push"] < 0.5
    assert 0.05 < shares["line"] < 0.3
    mails = [vault.decrypt("hana", row.secret) for row in addresses if row.channel == "mail"]
    assert all(mail.endswith("example.jp") for mail in mails)
    assert not any(b"example.jp" in row.secret for row in addresses)


async def test_the_same_seed_makes_the_same_people(sqlite_database: str, tmp_path: Path) -> None:
    vault = keys.make(tmp_path / "secret").vault
    db = Database(sqlite_database, vault)
    for tenant, seed in (("hana", 3), ("toku", 3), ("miya", 4)):
        await populate(db, vault, tenant, 100, realistic(push), NOW, seed=seed)
    async with db.read() as session:
        rows = (await session.execute(select(Person.tenant, Person.name, Person.number))).all()
    await db.close()
    names = {
        tenant: {(name, number) for whose, name, number in rows if whose == tenant}
        for tenant in ("hana", "toku", "miya")
    }
    assert names["hana"] == names["toku"]
    assert names["hana"] != names["miya"]


async def test_more_people_than_it_is_made_for_are_refused(sqlite_database: str, tmp_path: Path) -> None:
    vault = keys.make(tmp_path / "secret").vault
    db = Database(sqlite_database, vault)
    with pytest.raises(ValueError, match="300000"):
        await populate(db, vault, "hana", populating.MOST + 1, realistic(push), NOW)
    await db.close()
