"""A cursor never steps over a commit that came late."""

from __future__ import annotations

import asyncio
from random import Random

import msgspec
import pytest

from sync import Change, record
from sync.models import SyncRecord, SyncScope
from sync.scopes import ScopeKey
from tests.sync.store import TENANT, A, B, Store, note

pytestmark = pytest.mark.everyday

WRITERS, TRANSACTIONS = 6, 15


async def write(store: Store, writer: int, random: Random) -> None:
    for turn in range(TRANSACTIONS):
        async with store.write() as session:
            record(session, TENANT, note(A, f"w{writer}t{turn}", turn))
            if turn % 3 == 0:
                record(session, TENANT, note(B, f"w{writer}t{turn}", turn))
            await asyncio.sleep(random.random() / 200)


async def test_a_poller_that_keeps_only_its_place_misses_nothing(postgresql_store: Store) -> None:
    """Writers pause inside their transactions, so that they do not commit in the order they began."""
    store = postgresql_store
    seen: set[tuple[int, str]] = set()
    cursor: str | None = None

    async def poll() -> int:
        nonlocal cursor
        page = await store.pull([A, B], cursor)
        cursor = page.cursor
        changes = msgspec.json.decode(page.body)["changes"] if page.body else []
        seen.update((change["s"], change["id"]) for change in changes)
        return len(changes)

    writers = [asyncio.create_task(write(store, i, Random(i))) for i in range(WRITERS)]
    polls = 0
    while not all(writer.done() for writer in writers):
        polls += bool(await poll())
    await asyncio.gather(*writers)
    while await poll():
        pass
    written = {(row.scope_id, row.rid) for row in await store.rows(SyncRecord)}
    assert len(written) == WRITERS * (TRANSACTIONS + 5)
    assert written - seen == set()
    assert polls > 5, "the poller never met the writers"


async def test_places_are_contiguous_however_transactions_meet(store: Store) -> None:
    """Also: opposite orders of scopes wait for each other instead of deadlocking."""

    async def both(turn: int) -> None:
        changes = [note(A, f"n{turn}", turn), note(B, f"n{turn}", turn)]
        await store.record(*(changes if turn % 2 else reversed(changes)))

    await asyncio.gather(*(both(turn) for turn in range(20)))
    for scope in await store.rows(SyncScope):
        rows = await store.rows(SyncRecord, scope_id=scope.id)
        assert [row.seq for row in rows] == list(range(1, scope.head + 1)) == list(range(1, 21))


async def test_the_same_new_scope_made_by_many_at_once_is_one(store: Store) -> None:
    async def make(turn: int) -> None:
        mine = ScopeKey("household", f"h{turn}")
        await store.record(Change(A, "notes", f"n{turn}", {}), Change(mine, "notes", "n", {}))

    await asyncio.gather(*(make(turn) for turn in range(10)))
    scopes = await store.rows(SyncScope)
    assert len(scopes) == 11
    assert (await store.scope(A)).live_n == 10
