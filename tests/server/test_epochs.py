"""An older copy of the database is put under the server, as people do who know no `kairan restore`."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url, select, text

from notices import ids
from notices.models import Stamp
from server.app import make_app
from server.house import House, build
from server.keeping import epochs
from server.processes import ready
from server.routes.sync.ahead import insist_on_log
from server.routes.sync.pulling import signer
from sync.epochs import rotate
from sync.models import SyncMeta, SyncScope
from sync.pull import Reader
from tests.databases import Databases
from tests.journeys.story import LEADER_1, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.server.commands import Machine
from tests.town import ORIGIN, TENANT, Town, town

pytestmark = pytest.mark.slow

Copying = Callable[[], Awaitable[str]]


@dataclass
class Again:
    """A server that was started on some database, with the keys and files of the town."""

    house: House
    client: httpx.AsyncClient

    async def pull(self, phone: Phone, cursor: str = "") -> httpx.Response:
        return await self.client.get(
            "/sync/v1/pull", params={"cursor": cursor} if cursor else {}, headers=phone.http.headers
        )

    async def push(self, phone: Phone, mutation: dict[str, Any]) -> dict[str, Any]:
        sent = {"mutations": [mutation]}
        answer = await self.client.post("/sync/v1/push", json=sent, headers=phone.http.headers)
        result: dict[str, Any] = answer.json()["results"][0]
        return result

    async def epoch(self) -> int:
        async with self.house.db.read() as session:
            return (await session.scalars(select(SyncMeta.epoch))).one()


@asynccontextmanager
async def started(here: Town, url: str) -> AsyncIterator[Again]:
    await here.house.db.close()
    settings = replace(here.house.settings, database_url=url)
    house = build(settings, here.house.keys, here.house.channels, here.clock)
    transport = httpx.ASGITransport(app=make_app(house), raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        try:
            yield Again(house, client)
        finally:
            await house.db.close()


@pytest.fixture
def older(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Callable[[], str]:
    """Puts a copy of the database aside, as it is now. → where it is."""
    if database_url.startswith("sqlite"):
        file, aside = Path(make_url(database_url).database or ""), tmp_path / "aside.db"

        def put_aside() -> str:
            with closing(sqlite3.connect(file)) as whole:
                whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copyfile(file, aside)
            return str(aside)

        return put_aside

    def copy() -> str:
        databases: Databases = request.getfixturevalue("databases")
        url = databases.create(copy_of=database_url)
        request.addfinalizer(lambda: databases.drop(url))
        return url

    return copy


async def put_back(here: Town, aside: str) -> str:
    """The older copy takes the place of the database. → the URL of what is there now."""
    await here.house.db.close()
    url = here.house.settings.database_url
    if not url.startswith("sqlite"):
        return aside
    file = Path(make_url(url).database or "")
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(aside, file)
    return url


async def aside_now(here: Town, older: Callable[[], str]) -> str:
    await here.house.db.close()
    return await asyncio.to_thread(older)


async def test_the_same_database_again_keeps_its_epoch(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        phone = await here.phone(RESIDENT)
        await phone.pull()
        await here.work()
        for _ in range(3):
            async with started(here, database_url) as again:
                assert not await epochs.at_start(again.house)
                assert (await again.pull(phone, phone.cursor)).status_code == 204
                assert await again.epoch() == 1


async def test_an_older_copy_begins_a_new_epoch_and_no_press_is_lost(
    database_url: str, tmp_path: Path, older: Callable[[], str]
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        await epochs.at_start(here.house)
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president, title="訓練")
        await here.work()
        await resident.pull()
        aside = await aside_now(here, older)

        resident.stamp(notice["id"], here.households["伊藤"])
        [pressed] = resident.outbox
        await resident.push()
        await resident.pull()
        await here.work()
        await epochs.look_again(here.house)

        async with started(here, await put_back(here, aside)) as again:
            assert await epochs.at_start(again.house)
            assert await again.epoch() > 1
            assert await stamps(again.house) == 0, "the copy is older than the press"
            refused = await again.pull(resident, resident.cursor)
            assert (refused.status_code, refused.json()["reason"]) == (410, "epoch-changed")
            fresh = await again.pull(resident)
            assert fresh.status_code == 200
            assert (await again.push(resident, pressed))["status"] == "ok"
            assert await stamps(again.house) == 1
            assert (await again.push(resident, pressed)).get("dup") is True
            assert not await epochs.at_start(again.house), "once is enough"
            assert (await again.pull(resident, fresh.json()["cursor"])).status_code == 200


async def stamps(house: House) -> int:
    async with house.db.read() as session:
        return len((await session.scalars(select(Stamp.household))).all())


async def test_without_a_look_at_start_the_first_phone_that_is_ahead_ends_the_epoch_once(
    database_url: str, tmp_path: Path, older: Callable[[], str]
) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        phones = [await here.phone(name) for name in (PRESIDENT, RESIDENT, LEADER_1)]
        for phone in phones:
            await phone.pull()
        aside = await aside_now(here, older)
        await here.post(phones[0], title="あとから")
        await here.work()
        for phone in phones[:2]:
            await phone.pull()
        async with started(here, await put_back(here, aside)) as again:
            before = await again.epoch()
            first = await asyncio.gather(*(again.pull(phone, phone.cursor) for phone in phones[:2]))
            assert [(each.status_code, each.json()["reason"]) for each in first] == [
                (410, "epoch-changed")
            ] * 2
            ended = await again.epoch()
            assert ended > before
            for phone in phones:
                assert (await again.pull(phone, phone.cursor)).json()["reason"] == "epoch-changed"
                whole = await again.pull(phone)
                assert whole.status_code == 200
                assert (await again.pull(phone, whole.json()["cursor"])).status_code in (200, 204)
            assert await again.epoch() == ended


async def test_the_same_copy_put_back_twice_comes_to_an_epoch_of_its_own(
    sqlite_database: str, tmp_path: Path
) -> None:
    """On a machine that knows nothing of the first time: by counting alone it would be the same epoch twice."""
    file, aside = Path(make_url(sqlite_database).database or ""), tmp_path / "aside.db"
    async with town(sqlite_database, tmp_path, chores=True) as here:
        await epochs.at_start(here.house)
        officer, phone = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await phone.pull()
        await phone.pull()
        await here.worker.write_acks()
        await here.house.db.close()
        shutil.copyfile(file, aside)
        cursors, seen = [phone.cursor], set()
        for _ in range(2):
            async with started(here, sqlite_database) as again:
                officer.http, there = again.client, officer.http
                again.client.headers = there.headers
                await here.post(officer)
                officer.http = there
            file.with_name(file.name + ".seen").unlink()
            here.clock.pass_(hours=1)
            async with started(here, await put_back(here, str(aside))) as again:
                assert await epochs.at_start(again.house)
                seen.add(await again.epoch())
                for cursor in cursors:
                    assert (await again.pull(phone, cursor)).json()["reason"] == "epoch-changed"
                cursors.append((await again.pull(phone)).json()["cursor"])
        assert len(seen) == 2


async def test_a_cursor_that_is_not_ahead_after_all_ends_nothing(database_url: str, tmp_path: Path) -> None:
    """A first read from a copy that was behind; the second, from the database that is written to, finds it there."""
    async with town(database_url, tmp_path, chores=True) as here:
        phone = await here.phone(RESIDENT)
        await phone.pull()
        reader = Reader(TENANT, phone.person, phone.device)
        await insist_on_log(here.house, reader, signer(here.house), phone.cursor, None)
        assert await phone.pull() == 0, "the cursor still counts"


async def test_where_nothing_was_noted_phones_decide(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path, chores=True) as here:
        file = ready.database_file(here.house.settings)
        assert file is not None
        beside = file.with_name(file.name + ".seen")
        assert not await epochs.at_start(here.house), "nobody holds anything yet"
        phone = await here.phone(RESIDENT)
        await phone.pull()
        await phone.pull()
        await here.worker.write_acks()
        for damage in (beside.unlink, lambda: beside.write_text("{"), lambda: beside.write_text("[]")):
            damage()
            assert await epochs.at_start(here.house), "there are phones, and nobody can say what they hold"
            assert not await epochs.at_start(here.house)


async def test_a_new_epoch_forgets_the_segments(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, chores=True) as here:
        async with here.house.db.write() as session:
            scope = (await session.scalars(select(SyncScope).limit(1))).one()
            scope.seg_to, scope.seg_sha = 1, b"x" * 32
            key = scope.id
        async with here.house.db.write() as session:
            await rotate(session, here.clock(), [TENANT])
        async with here.house.db.read() as session:
            scope = await session.get_one(SyncScope, (TENANT, key))
            assert (scope.seg_to, scope.seg_sha) == (0, None)


async def test_a_server_that_does_not_say_who_it_is_is_known_by_its_tables(
    postgresql_database: str, tmp_path: Path
) -> None:
    """Some who rent out databases keep the control functions to themselves."""
    role = f"plain_{ids.new_id().replace('-', '_').lower()}"
    async with town(postgresql_database, tmp_path, chores=True) as here, here.house.db.write() as session:
        whole = await epochs.origin(session)
        await session.execute(text(f"CREATE ROLE {role}"))
        await session.execute(text("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC"))
        await session.execute(text(f"SET LOCAL ROLE {role}"))
        less = await epochs.origin(session)
        await session.execute(text("RESET ROLE"))
        await session.execute(text(f"DROP ROLE {role}"))
    assert whole.count(".") == 3
    assert less == ".".join(whole.split(".")[2:])


async def test_another_server_or_timeline_is_a_new_epoch_and_the_first_look_is_none(
    postgresql_database: str, tmp_path: Path
) -> None:
    async with town(postgresql_database, tmp_path, chores=True) as here:
        assert not await epochs.at_start(here.house), "nobody has looked before"
        async with here.house.db.write() as session:
            meta = (await session.scalars(select(SyncMeta))).one()
            server, timeline, *rest = (meta.origin or "").split(".")
        for other in ([str(int(server) + 1), timeline], [server, "00000002"]):
            async with here.house.db.write() as session:
                meta = (await session.scalars(select(SyncMeta))).one()
                before, meta.origin = meta.epoch, ".".join([*other, *rest])
            assert await epochs.at_start(here.house)
            assert not await epochs.at_start(here.house)
            async with here.house.db.read() as session:
                assert (await session.scalars(select(SyncMeta.epoch))).one() > before


@pytest.mark.slow
def test_an_old_file_copied_back_under_kairan_serve_is_noticed(machine: Machine) -> None:
    code = machine.init()["code"]
    with machine.serving() as serving, httpx.Client(base_url=serving.url) as phone:
        came = phone.post("/api/v1/enrol", json={"ticket": code, "deviceName": "電話"}).json()
        token = {"Authorization": f"Bearer {came['token']}"}
        association = phone.get("/api/v1/me", headers=token).json()["homes"][0]["association"]
        first = phone.get("/sync/v1/pull", headers=token).json()["cursor"]
        assert serving.end() == 0
    shutil.copyfile(machine.database, machine.folder / "copy.db")

    with machine.serving() as serving, httpx.Client(base_url=serving.url, headers=token) as phone:
        assert phone.get("/sync/v1/pull", params={"cursor": first}).status_code in (200, 204)
        said = {"kind": "notice", "topic": "events", "title": "あす", "body": "あす", "publish": True}
        sent = phone.post(
            f"/api/v1/associations/{association}/notices",
            json=said,
            headers={"Idempotency-Key": ids.new_id()},
        )
        assert sent.status_code == 201, sent.text
        assert serving.end() == 0
    shutil.copyfile(machine.folder / "copy.db", machine.database)

    for reason in ("epoch-changed", None):
        with machine.serving() as serving, httpx.Client(base_url=serving.url, headers=token) as phone:
            answer = phone.get("/sync/v1/pull", params={"cursor": first})
            assert answer.status_code == (410 if reason else 200), answer.text
            if reason:
                assert answer.json()["reason"] == reason
                first = phone.get("/sync/v1/pull", params={"limit": 1}).json()["cursor"]
            assert serving.end() == 0
    assert "start afresh" not in serving.log.read_text()
