"""A replica takes the long reads of phones. One that is behind, or away, changes nothing but who reads."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from notices.records import audience
from server.reading import Cut
from server.reading.apart import WRITTEN, Behind, Replica, Written
from server.reading.postgresql import _connect
from server.settings import Settings, WrongSetting, checked
from sync import Change, record
from tests.phone import Phone
from tests.standby import Standby
from tests.town import TENANT, Town, town

pytestmark = pytest.mark.slow


async def many(here: Town, word: str) -> None:
    """More records than the shared connection would read."""
    scope = audience.association_scope(here.sakura)
    async with here.house.db.write() as session:
        record(session, TENANT, *(Change(scope, "notes", f"{word}{n}", {"v": word}) for n in range(400)))


async def long_pull(phone: Phone) -> httpx.Response:
    cursor = {"cursor": phone.cursor} if phone.cursor else {}
    return await phone.http.get("/sync/v1/pull", params={"limit": "1000"} | cursor)


async def test_a_first_copy_is_read_from_the_replica(
    postgresql_database: str, replica: Standby, url: str, tmp_path: Path
) -> None:
    async with town(postgresql_database, tmp_path, replica_url=url) as here:
        await many(here, "autumn")
        phone = await here.phone("伊藤 さち")
        assert await replica.readers() == 0
        await phone.pull(limit=1000)
        assert len(phone.all("notes")) == 400
        assert await replica.readers() == 2, "the long read did not go to the replica"


async def test_a_replica_that_is_behind_is_waited_for(
    postgresql_database: str, replica: Standby, url: str, tmp_path: Path
) -> None:
    async with town(postgresql_database, tmp_path, replica_url=url) as here:
        phone = await here.phone("伊藤 さち")
        await phone.pull(limit=1000)
        await replica.hold()
        await many(here, "autumn")
        answer = asyncio.create_task(long_pull(phone))
        _, waiting = await asyncio.wait([answer], timeout=0.2)
        assert waiting, "it was answered by a replica that is behind"
        await replica.go_on()
        page = await answer
        assert page.status_code == 200
        assert page.text.count("autumn") > 400
        assert await replica.readers() == 2, "one looks how far it is, one reads"


async def test_a_replica_that_stays_behind_costs_a_moment_and_never_a_resync(
    postgresql_database: str, replica: Standby, url: str, tmp_path: Path
) -> None:
    async with town(postgresql_database, tmp_path, replica_url=url) as here:
        phone = await here.phone("伊藤 さち")
        await replica.hold()
        await many(here, "autumn")
        await phone.pull()  # short pages: read by the primary, and the cursor is ahead of the replica
        await many(here, "winter")
        pages = await asyncio.gather(*[long_pull(phone) for _ in range(12)])
        assert {page.status_code for page in pages} == {200}
        assert all(page.text.count("winter") > 400 for page in pages)


async def test_a_revoked_phone_gets_nothing_from_a_replica_that_does_not_know_it_yet(
    postgresql_database: str, replica: Standby, url: str, tmp_path: Path
) -> None:
    async with town(postgresql_database, tmp_path, replica_url=url) as here:
        await many(here, "autumn")
        phone = await here.phone("伊藤 さち")
        assert (await long_pull(phone)).status_code == 200
        await replica.hold()
        other = await here.phone("伊藤 さち")
        gone = await other.http.delete(f"/api/v1/me/devices/{phone.device}")
        assert gone.status_code == 204
        refused = await long_pull(phone)
        assert (refused.status_code, refused.json()["wipe"]) == (403, True)


async def test_a_replica_that_is_away_is_done_without(postgresql_database: str, tmp_path: Path) -> None:
    nowhere = "postgresql+asyncpg://kairan@/kairan?host=/nowhere"
    async with town(postgresql_database, tmp_path, replica_url=nowhere) as here:
        await many(here, "autumn")
        phone = await here.phone("伊藤 さち")
        assert (await long_pull(phone)).status_code == 200


async def test_a_herd_of_first_copies_is_read_from_the_replica_beside_short_pulls(
    postgresql_database: str, replica: Standby, url: str, tmp_path: Path
) -> None:
    async with town(postgresql_database, tmp_path, replica_url=url) as here:
        await many(here, "autumn")
        held, fresh = await here.phone("山田 花子"), await here.phone("伊藤 さち")
        await held.pull()
        for _ in range(5):
            answers = await asyncio.gather(*[long_pull(phone) for phone in (held, fresh) for _ in range(6)])
            assert {answer.status_code for answer in answers} <= {200, 204}
            await here.house.db.cuts.read(_nothing)
        assert await replica.readers() > 1
        # None was told to a connection that somebody else was using just then.
        assert await reads_on_the_primary(here) == 0


class Doors:
    """Ways into both servers, counted."""

    def __init__(self, primary: str, replica: str) -> None:
        self._primary, self._replica = make_url(primary), make_url(replica)
        self.opened = 0

    async def replica(self) -> asyncpg.Connection:
        self.opened += 1
        return await _connect(self._replica)

    async def written(self, first: str = "SELECT pg_current_snapshot()") -> Written:
        connection = await _connect(self._primary)
        try:
            await connection.execute(first)
            return Written.of(*await connection.fetchval(WRITTEN))
        finally:
            await connection.close()


@pytest.fixture
def doors(postgresql_database: str, url: str) -> Doors:
    return Doors(postgresql_database, url)


async def read(connection: asyncpg.Connection) -> str:
    return str(await connection.fetchval("SELECT 'read'"))


async def test_who_waits_for_a_replica_waits_together_and_then_it_is_left_alone(
    doors: Doors, replica: Standby
) -> None:
    reader = Replica(doors.replica)
    await replica.hold()
    written = await doors.written("SELECT pg_switch_wal(), txid_current()")
    for _ in range(2):
        outcomes = await asyncio.gather(*[reader.read(read, written) for _ in range(12)])
        assert all(isinstance(outcome, Behind) for outcome in outcomes)
        assert doors.opened == 1, "each asked for itself, or it was not left alone"
    reader.close()


async def test_nobody_waits_for_the_header_of_a_page_that_is_not_begun(doors: Doors) -> None:
    reader = Replica(doors.replica)
    written = await doors.written("SET synchronous_commit = off; SELECT txid_current(), pg_switch_wal()")
    assert await reader.read(read, written) == "read"
    reader.close()


@pytest.mark.parametrize(
    ("place", "end"),
    [
        ("1/2000028", 0x102000000),
        ("1/2002018", 0x102002000),
        ("1/2002028", 0x102002028),
        ("1/20020F0", 0x1020020F0),
    ],
)
def test_the_end_of_the_last_record_is_before_a_header(place: str, end: int) -> None:
    found = Written.of("7", "0000000A0000000100000002", place, "8192", "16777216")
    assert (found.timeline, found.end) == (10, end)


@pytest.mark.parametrize("other", [{"server": "1"}, {"timeline": 2}])
async def test_a_replica_of_another_server_or_timeline_is_never_read(
    doors: Doors, other: dict[str, Any]
) -> None:
    reader, written = Replica(doors.replica), await doors.written()
    assert await reader.read(read, written) == "read"
    assert isinstance(await reader.read(read, replace(written, end=0, **other)), Behind)
    reader.close()


async def test_a_replica_that_was_promoted_is_never_read(doors: Doors, replica: Standby) -> None:
    reader, written = Replica(doors.replica), await doors.written()
    assert await reader.read(read, written) == "read"
    await replica.promote()
    assert isinstance(await reader.read(read, written), Behind)
    reader.close()


@pytest.mark.parametrize("raised", [True, False])
async def test_a_read_that_is_cancelled_there_is_the_primarys(doors: Doors, *, raised: bool) -> None:
    async def conflict(connection: asyncpg.Connection) -> Any:
        try:
            await connection.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$")
        except asyncpg.SerializationError as error:
            if not raised:
                return error
            raise
        raise AssertionError

    reader = Replica(doors.replica)
    assert isinstance(await reader.read(conflict, await doors.written()), Behind)
    reader.close()


async def test_a_read_that_outlives_the_end_leaves_no_connection(doors: Doors, replica: Standby) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(connection: asyncpg.Connection) -> str:
        begun.set()
        await go_on.wait()
        return await read(connection)

    reader = Replica(doors.replica)
    answer = asyncio.create_task(reader.read(slow, await doors.written()))
    await begun.wait()
    reader.close()
    go_on.set()
    assert await answer == "read"
    async with asyncio.timeout(20):
        while await replica.readers():  # noqa: ASYNC110 (of another process)
            await asyncio.sleep(0.02)


async def _nothing(_cut: Cut) -> None:
    """A short read."""


async def reads_on_the_primary(here: Town) -> int:
    """Connections that were opened for long reads there: all but the one that is shared."""
    count = text(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kairan pulls' AND datname = current_database()"
    )
    async with here.house.db.read() as session:
        return int((await session.execute(count)).scalar_one()) - 1


@pytest.mark.parametrize(
    ("database", "replica_url"),
    [
        ("postgresql+asyncpg://db/kairan", "nonsense"),
        ("sqlite+aiosqlite:///kairan.db", "postgresql+asyncpg://db/kairan"),
    ],
)
def test_a_replica_of_another_kind_is_refused_at_the_start(database: str, replica_url: str) -> None:
    with pytest.raises(WrongSetting, match="KAIRAN_REPLICA_URL"):
        checked(Settings(database_url=database, replica_url=replica_url))
