"""`kairan doctor` looks at the replica: whether it is there, is a standby of ours, and keeps up."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from server.doctor.replica import Standby as Seen
from server.doctor.replica import judged
from server.reading.apart import Written
from tests.server.commands import Machine
from tests.server.test_doctor import sentences
from tests.standby import Standby

WRITTEN = Written("7", 1, 5 * 2**20)
FINE = Seen(recovering=True, server="7", timeline=1, replayed=WRITTEN.end, age=3.0)


@pytest.fixture
def house(machine: Machine, postgresql_database: str) -> Machine:
    machine.settings["database_url"] = postgresql_database
    machine.init()
    return machine


async def write(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE city SET name = name"))
    await engine.dispose()


@pytest.mark.slow
def test_a_replica_that_keeps_up_is_well_and_one_that_is_held_is_behind(
    house: Machine, replica: Standby, url: str, postgresql_database: str
) -> None:
    assert "is a standby of the database and shows all that is written" in sentences(
        house, "ok", replica_url=url
    )
    asyncio.run(replica.hold())
    asyncio.run(write(postgresql_database))
    doubts = sentences(house, "warn", replica_url=url)
    assert "MB of log behind; its newest commit is" in doubts
    asyncio.run(replica.promote())
    assert "is a server of its own, and no standby" in sentences(house, "fail", replica_url=url)


def test_a_replica_that_is_away(house: Machine) -> None:
    away = "postgresql+asyncpg://kairan:secret@/kairan?host=/nowhere"
    wrong = sentences(house, "fail", replica_url=away)
    assert "replica: The replica at /nowhere cannot be asked" in wrong
    assert "secret" not in wrong


def test_a_house_without_a_replica_hears_nothing_of_one(house: Machine) -> None:
    assert not any("replica" in sentences(house, level) for level in ("ok", "warn", "fail"))


@pytest.mark.parametrize(
    ("found", "level", "sentence"),
    [
        (FINE, "ok", "shows all that is written"),
        (replace(FINE, server="8"), "fail", "is a standby of another server"),
        (replace(FINE, timeline=2), "fail", "follows timeline 2, the database is on 1"),
        (replace(FINE, replayed=2 * 2**20), "warn", "is 3.0 MB of log behind; its newest commit is 3 s old"),
    ],
)
def test_what_a_replica_is_found_to_be(found: Seen, level: str, sentence: str) -> None:
    finding = judged("The replica", found, WRITTEN)
    assert (finding.level, sentence in finding.sentence) == (level, True)
