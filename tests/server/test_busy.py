"""A database that is busy or away is no mistake of ours: 503, and when to come back."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Address, Device
from server import db
from server.app import make_app
from server.db import Database
from server.sinks.push import PushSink
from tests.journeys import story
from tests.journeys.story import RESIDENT
from tests.server.commands import free_port
from tests.server.test_bad_input import is_a_problem
from tests.town import ORIGIN, TENANT, Town, town

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def until_somebody_waits(here: Town) -> None:
    async with asyncio.timeout(10):
        while True:
            async with here.house.db.read() as session:
                if await session.scalar(WAITING):
                    return


async def test_of_two_requests_that_lock_each_other_out_the_loser_is_told_to_come_again(
    postgresql_database: str, tmp_path: Path
) -> None:
    push = PushSink()
    await push.start()
    async with town(postgresql_database, tmp_path, push_hosts=push.origin) as here:
        phone = await here.phone(RESIDENT)
        body = push.subscribe("phone").as_json()
        path = "/api/v1/me/push-subscription"
        assert (await phone.http.put(path, json=body)).status_code == 200

        async def lock(session: AsyncSession, kind: type[Address | Device]) -> None:
            await session.execute(select(kind.id).where(kind.tenant == TENANT).with_for_update())

        async with here.house.db.write() as session:
            # The request looks for the deadlock first, and so is the one to go.
            await session.execute(text("SET LOCAL deadlock_timeout = '60s'"))
            await lock(session, Address)
            asked = asyncio.create_task(phone.http.put(path, json=body))
            await until_somebody_waits(here)
            await lock(session, Device)
        answer = await asked
        is_a_problem(answer, 503, slug="busy")
        assert answer.headers["retry-after"]
        assert (await phone.http.put(path, json=body)).status_code == 200
    await push.close()


async def test_a_transaction_that_does_not_end_is_ended_and_its_rows_are_free(
    postgresql_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "LONGEST", 300)
    async with town(postgresql_database, tmp_path) as here:

        async def for_too_long() -> None:
            async with here.house.db.write() as session:
                await session.execute(rows)
                # A statement at work, as one whose parts never came to an end would be: it is not idle.
                await session.execute(text("SELECT pg_sleep(20)"))

        rows = select(Address.id).where(Address.tenant == TENANT).with_for_update()
        with pytest.raises(DBAPIError):
            await asyncio.wait_for(for_too_long(), 10)
        async with asyncio.timeout(5), here.house.db.write() as session:
            await session.execute(rows)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "nowhere.invalid", "/nowhere"])
async def test_a_database_server_that_is_away_is_waited_for(
    sqlite_database: str, tmp_path: Path, host: str
) -> None:
    async with town(sqlite_database, tmp_path) as here:
        token = story.token(await here.phone(RESIDENT))
        where = f"/kairan?host={host}" if host.startswith("/") else f"{host}:{free_port()}/kairan"
        away = Database(f"postgresql+asyncpg://kairan@{where}", here.house.keys.vault)
        app: Any = make_app(replace(here.house, db=away))
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"Authorization": token}
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as http:
            for path in ("/api/v1/me", "/sync/v1/pull"):
                answer = await http.get(path)
                is_a_problem(answer, 503, slug="busy", what=path)
                assert answer.headers["retry-after"]
        await away.close()


async def test_an_error_of_a_file_is_no_database_that_is_away(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path) as here:
        president = await here.phone(story.PRESIDENT)
        (tmp_path / "files").write_bytes(b"a file where a folder should be")
        answer = await president.http.post("/api/v1/files", files={"file": ("a.pdf", b"%PDF-1.4\n%%EOF\n")})
        is_a_problem(answer, 500)
