"""What pulls keep in memory is never older than the request: whatever was committed is seen by the very next pull,
in the process that wrote it and in every other.

Each test pulls until everything is in memory on two houses of one database, then changes one thing.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import literal_column, select, text

from notices.records import audience
from server.app import make_app
from server.house import build
from server.reading.sqlite import SqliteCuts
from sync import Change, ScopeKey, prune, record
from sync.questions import Cut, Question
from tests.journeys.story import LEADER_1, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import ORIGIN, TENANT, Town, town

pytestmark = pytest.mark.everyday


@dataclass
class Two:
    here: Town
    there: httpx.AsyncClient
    """Another process of the same town, by all that it shares with the first."""

    async def pull(self, phone: Phone, cursor: str | None = None) -> list[httpx.Response]:
        """The same question to both."""
        query = {"cursor": phone.cursor if cursor is None else cursor}
        head = {"Authorization": phone.http.headers["Authorization"]}
        return [
            await http.get("/sync/v1/pull", params=query, headers=head) for http in (phone.http, self.there)
        ]

    async def warm(self, name: str) -> Phone:
        """A phone that has everything, in the memory of both."""
        phone = await self.here.phone(name)
        await phone.pull()
        for _ in range(2):
            assert [answer.status_code for answer in await self.pull(phone)] == [204, 204]
        return phone

    async def write(self, *changes: Change) -> None:
        async with self.here.house.db.write() as session:
            record(session, TENANT, *changes)

    @property
    def everybody(self) -> ScopeKey:
        return audience.association_scope(self.here.sakura)


@pytest.fixture
async def two(database_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    async with town(database_url, tmp_path) as here:
        other = build(here.house.settings, here.house.keys, here.house.channels, here.clock)
        transport = httpx.ASGITransport(app=make_app(other), raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as there:
            yield Two(here, there)
        await other.db.close()


def changes(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["changes"]
    return found


async def test_a_revoked_device_is_turned_away_by_the_next_pull(two: Two) -> None:
    phone, president = await two.warm(RESIDENT), await two.here.phone(PRESIDENT)
    path = f"/api/v1/associations/{two.here.sakura}/devices/{phone.device}"
    assert (await president.http.delete(path)).status_code == 204
    for answer in await two.pull(phone):
        assert answer.status_code == 403
        assert (answer.json()["slug"], answer.json()["wipe"]) == ("device-revoked", True)


async def test_a_household_that_moved_has_its_new_block_and_loses_the_old_one(two: Two) -> None:
    old, new = (audience.block_scope(two.here.blocks[name]) for name in ("一班", "二班"))
    await two.write(Change(old, "notices", "old", {"n": 1}), Change(new, "notices", "new", {"n": 2}))
    phone, president = await two.warm("鈴木 うめ"), await two.here.phone(PRESIDENT)
    home = two.here.households["鈴木"]
    moved = await president.http.patch(f"/api/v1/households/{home}", json={"block": two.here.blocks["二班"]})
    assert moved.status_code == 200, moved.text
    for answer in await two.pull(phone):
        told = {change["id"]: change for change in changes(answer)}
        assert told["old"]["x"] == 2
        assert told["new"]["d"] == {"n": 2}


async def test_a_term_that_ends_at_midnight_ends_with_the_next_pull_though_nothing_is_written(
    two: Two,
) -> None:
    two.here.clock.at = datetime(2027, 3, 31, 14, 59, 59, tzinfo=UTC)
    phone = await two.warm(LEADER_1)
    leading = audience.leader_scope(two.here.blocks["一班"])
    assert any(type == "roster" for type, _ in phone.records), f"{leading} was theirs"
    two.here.clock.pass_(seconds=1)
    for answer in await two.pull(phone):
        gone = {change["t"] for change in changes(answer) if change.get("x") == 2}
        assert "roster" in gone


async def test_what_is_written_changed_and_deleted_is_told_by_the_next_pull(two: Two) -> None:
    phone = await two.warm(RESIDENT)
    seen = []
    for body in ({"n": 1}, {"n": 2}, None, {"n": 3}):
        await two.write(Change(two.everybody, "notices", "n", body))
        for answer in await two.pull(phone):
            (told,) = changes(answer)
            seen.append(told.get("d", told.get("x")))
    assert seen == [{"n": 1}] * 2 + [{"n": 2}] * 2 + [1] * 2 + [{"n": 3}] * 2


async def test_no_pull_that_begins_after_a_commit_misses_it(two: Two) -> None:
    phone = await two.warm(RESIDENT)
    for n in range(12):
        await two.write(Change(two.everybody, "notices", "n", {"n": n}))
        for answers in await asyncio.gather(*(two.pull(phone) for _ in range(6))):
            for answer in answers:
                assert [change["d"] for change in changes(answer)] == [{"n": n}]


async def test_after_a_collection_a_cursor_below_the_floor_starts_over(two: Two) -> None:
    await two.write(Change(two.everybody, "notices", "n", {"n": 1}))
    phone = await two.warm(RESIDENT)
    await two.write(Change(two.everybody, "notices", "n", None))
    for answer in await two.pull(phone):
        assert [change["x"] for change in changes(answer)] == [1]
    async with two.here.house.db.write() as session:
        later = two.here.clock() + timedelta(days=1)
        await prune.collect(session, TENANT, later, keep=timedelta(0))
    for answer in await two.pull(phone):
        assert (answer.status_code, answer.json()["reason"]) == (410, "compacted")


async def test_a_new_epoch_ends_every_cursor_at_once(two: Two) -> None:
    await two.write(Change(two.everybody, "notices", "n", {"n": 1}))
    phone = await two.warm(RESIDENT)
    async with two.here.house.db.write() as session:
        await session.execute(text("UPDATE sync_meta SET epoch = epoch + 1"))
    for answer in await two.pull(phone):
        assert (answer.status_code, answer.json()["reason"]) == (410, "epoch-changed")


NUMBER = Question(lambda _: select(literal_column("n")).select_from(text("one")))


async def test_a_file_that_is_put_in_the_place_of_another_is_read_from_then_on(tmp_path: Path) -> None:
    files = [tmp_path / "here.db", tmp_path / "restored.db"]
    for n, file in enumerate(files):
        with sqlite3.connect(file) as made:
            made.execute("CREATE TABLE one (n INTEGER)")
            made.execute("INSERT INTO one VALUES (?)", (n,))
        made.close()
    cuts = SqliteCuts(files[0])

    async def read(cut: Cut) -> Any:
        if (known := cut.recall("n")) is None:
            cut.keep("n", known := (await cut.ask(NUMBER))[0][0])
        return known

    assert [await cuts.read(read) for _ in range(2)] == [0, 0]
    shutil.move(files[1], files[0])
    await asyncio.sleep(0)  # who asks later asks in another turn of the loop
    assert [await cuts.read(read) for _ in range(2)] == [1, 1]
    await cuts.close()


async def test_a_server_that_ends_our_connections_is_asked_again(
    postgresql_database: str, tmp_path: Path
) -> None:
    async with town(postgresql_database, tmp_path) as here:
        phone = await here.phone(RESIDENT)
        await phone.pull()
        end = text(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'kairan pulls'"
        )
        async with here.house.db.write() as session:
            assert await session.scalar(end), "it kept a connection"
        answer = await phone.http.get("/sync/v1/pull", params={"cursor": phone.cursor})
        assert answer.status_code == 204
