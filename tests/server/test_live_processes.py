"""Two processes on one PostgreSQL database: a write in one is heard in the other, whatever becomes of NOTIFY."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from server.live.notifier import CHANNEL, payloads
from tests.server.listening import SOON, Toy, on_the_line, toy
from tests.server.test_live import HANAKO, edit, pull

pytestmark = pytest.mark.slow

NOTIFIERS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' "
    "OR datname = current_database() AND query LIKE '%pg_notify%' AND pid <> pg_backend_pid()"
)


@asynccontextmanager
async def two(url: str, folder: Path) -> AsyncIterator[tuple[Toy, Toy]]:
    async with toy(url, folder) as one, toy(url, folder) as other:
        yield one, other


async def cut_notifiers(url: str) -> int:
    """Ends the connections that speak and listen, as a restart of the database or a firewall would."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        pids = [row["pid"] for row in await connection.fetch(NOTIFIERS)]
        for pid in pids:
            await connection.execute("SELECT pg_terminate_backend($1)", pid)
    finally:
        await connection.close()
    return len(pids)


async def cut_somebody(url: str) -> None:
    """Who was cut off before may still be waiting to come back."""
    async with asyncio.timeout(SOON):
        while await cut_notifiers(url) == 0:
            pass


async def test_a_write_in_one_process_pokes_a_phone_of_the_other(
    postgresql_database: str, tmp_path: Path
) -> None:
    async with two(postgresql_database, tmp_path) as (one, other):
        token = (await one.do("enrol", person=HANAKO))["token"]
        block = await edit(one, "一班")
        cursor = (await pull(other, token))["cursor"]
        async with on_the_line(other.url, token) as line:
            await line.poke()
            for turn in range(2, 8):
                await edit(one, "一班", v=turn)
                assert await line.poke() == {block: turn}
                page = await pull(other, token, cursor)
                cursor = page["cursor"]
                assert [change["d"]["v"] for change in page["changes"]] == [turn]


async def test_who_moves_by_one_process_hears_the_new_block_at_the_other(
    postgresql_database: str, tmp_path: Path
) -> None:
    async with two(postgresql_database, tmp_path) as (one, other):
        token = (await one.do("enrol", person=HANAKO))["token"]
        old, new = await edit(one, "一班"), await edit(one, "二班", "n2")
        async with on_the_line(other.url, token) as line:
            assert old in await line.poke()
            await one.do("join", person=HANAKO, block="二班")
            heard: dict[int, int] = {}
            while new not in heard:
                heard = await line.poke()
            assert old not in heard


async def test_a_device_revoked_by_one_process_is_hung_up_on_by_the_other(
    postgresql_database: str, tmp_path: Path
) -> None:
    async with two(postgresql_database, tmp_path) as (one, other):
        mine = await one.do("enrol", person=HANAKO)
        async with on_the_line(other.url, mine["token"]) as line:
            await line.poke()
            await one.do("revoke", device=mine["device"])
            while await line.event() is not None:
                pass


async def test_a_write_while_notify_is_away_is_found_and_notify_comes_back(
    postgresql_database: str, tmp_path: Path
) -> None:
    async with two(postgresql_database, tmp_path) as (one, other):
        token = (await one.do("enrol", person=HANAKO))["token"]
        block = await edit(one, "一班")
        async with on_the_line(other.url, token) as line:
            await line.poke()
            head = 1
            for _ in range(3):
                await cut_somebody(postgresql_database)
                head += 1
                await edit(one, "一班", v=head)
                assert await line.poke() == {block: head}
            async with asyncio.timeout(SOON):
                while not await heard_by_notify(postgresql_database, one, head):
                    head += 1


async def heard_by_notify(url: str, server: Toy, turn: int) -> bool:
    """Whether a write of this process is notified of."""
    connection, said = await asyncpg.connect(url.replace("+asyncpg", "")), asyncio.Event()
    try:
        await connection.add_listener(CHANNEL, lambda *_: said.set())
        await edit(server, "一班", v=f"{turn} again")
        async with asyncio.timeout(1):
            await said.wait()
    except TimeoutError:
        return False
    finally:
        await connection.close()
    return True


def test_what_is_too_much_for_one_notify_goes_in_several_and_nothing_is_lost() -> None:
    heads = {f"town{n}": {scope: scope * 1_000_003 for scope in range(1, 700 * n)} for n in range(1, 6)} | {
        "quiet": {}
    }
    found: dict[str, dict[int, int]] = {}
    sent = list(payloads("A" * 22, heads))
    assert len(sent) > 10
    for payload in sent:
        assert len(payload.encode()) < 8_000
        said = json.loads(payload)
        for tenant, moved in said["heads"].items():
            found.setdefault(tenant, {}).update({int(scope): head for scope, head in moved.items()})
    assert found == {tenant: moved for tenant, moved in heads.items() if moved}
