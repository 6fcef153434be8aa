"""An emergency is rehearsed when a process starts: nothing of it stays, and the real one makes no statement anew."""

import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from notices.alarm import sending
from notices.models import Message, Notice
from notices.planning.counted import count_what_is_new
from server.house import House
from server.work import rehearsal
from sync import Base
from tests.journeys import alarms, circulars
from tests.town import Town, town


async def rows(here: Town) -> dict[str, int]:
    async with here.house.db.read() as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def statements(house: House) -> dict[Any, Any]:
    """Those that stand ready for whoever writes; none at first, other than those of all tests (dialects.py)."""
    made: dict[Any, Any] = {}
    house.db._engines[0].sync_engine.update_execution_options(compiled_cache=made)
    return made


async def test_nothing_of_a_rehearsal_stays_and_nobody_hears_of_it(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        before, heard = await rows(here), list[object]()
        here.house.db.moved = heard.append
        here.house.db.work = lambda: heard.append("work")
        await rehearsal.rehearse(here.house)
        assert (await rows(here), heard) == (before, [])


async def test_a_rehearsal_does_not_tell_postgresql_that_a_town_is_one_home(
    postgresql_database: str, tmp_path: Path
) -> None:
    counted = text("SELECT reltuples FROM pg_class WHERE oid = CAST('notice_household' AS regclass)")
    many = text(
        "INSERT INTO notice_household (tenant, notice, household, block, walk, paper, round, planned, proxy) "
        "SELECT 't', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, false, 1, 0, false "
        "FROM generate_series(1, 5000)"
    )
    async with town(postgresql_database, tmp_path) as here:
        await rehearsal.rehearse(here.house)
        async with here.house.db.write() as session:
            assert (await session.scalar(counted) or 0) <= 0
            await session.execute(many)
            await count_what_is_new(session)
            assert await session.scalar(counted) == 5000


async def test_the_first_emergency_of_a_process_makes_no_statement_anew(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        asked = await alarms.asked(here, await circulars.clerk(here))
        house = here.house
        made = statements(house)
        await rehearsal.rehearse(house)
        ready = set(made)
        assert ready
        async with house.db.write() as session:
            notice = await session.scalar(select(Notice).where(Notice.id == asked["id"]))
            assert notice is not None
            ready |= set(made)
            await sending.approved(session, notice, here.clock())
        assert [str(key[1]) for key in set(made) - ready] == []
        async with house.db.read() as session:
            assert await session.scalar(select(func.count()).select_from(Message))


async def test_a_rehearsal_that_fails_is_told_and_the_process_works_on(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("of a person")

    monkeypatch.setattr(sending, "approved", broken)
    async with town(database_url, tmp_path) as here:
        with caplog.at_level(logging.ERROR):
            await rehearsal.be_ready(here.house)
        assert "an emergency could not be rehearsed: RuntimeError" in caplog.text
        monkeypatch.undo()
        await here.post(await here.phone("山田 花子"))
