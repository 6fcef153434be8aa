"""Who ends the epochs of several cities waits for who writes to them, and neither of them for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from sync import ScopeKey, epochs, journal, record
from sync.models import SyncMeta, SyncScope
from tests.sync.store import NOW, A, Store, note, seal

CITIES = "hana", "mido"
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
Work = Callable[[AsyncSession], Awaitable[object]]


async def until_somebody_waits(store: Store) -> None:
    async with asyncio.timeout(10):
        while True:
            async with store.read() as session:
                if await session.scalar(WAITING):
                    return


async def write(store: Store, first: ScopeKey, work: Work) -> None:
    """A batch over both cities. It has written to the first when `work` begins, in a transaction of its own, and goes
    on to the second when `work` waits for it."""

    async def beside() -> None:
        async with store.write() as other:
            await work(other)

    async with store.write() as session:
        record(session, CITIES[0], note(first, "n", 2))
        await journal.settle(session, seal, now=NOW)
        task = asyncio.create_task(beside())
        await until_somebody_waits(store)
        record(session, CITIES[1], note(ScopeKey("block", "new"), "n", 1))
    async with asyncio.timeout(10):
        await task


async def found(store: Store, **origins: str | None) -> None:
    for tenant in CITIES:
        await store.record(note(A, "n", 1), tenant=tenant)
    async with store.write() as session:
        await session.execute(update(SyncScope).values(seg_to=1, seg_sha=b"x" * 32))
        for tenant, origin in origins.items():
            await session.execute(update(SyncMeta).where(SyncMeta.tenant == tenant).values(origin=origin))


async def test_new_epochs_of_several_cities_beside_a_batch_over_them(postgresql_store: Store) -> None:
    await found(postgresql_store)
    await write(postgresql_store, A, lambda session: epochs.rotate(session, NOW))
    assert all(meta.epoch > 1 for meta in await postgresql_store.rows(SyncMeta))
    assert [scope.seg_sha for scope in await postgresql_store.rows(SyncScope)] == [None] * 3


async def test_cities_that_were_moved_beside_a_batch_over_them(postgresql_store: Store) -> None:
    """The first is new here, and only noted; the second came from another server, and its epoch ends."""
    await found(postgresql_store, hana=None, mido="elsewhere")
    await write(postgresql_store, ScopeKey("block", "b"), lambda session: epochs.begin(session, "here", NOW))
    metas = await postgresql_store.rows(SyncMeta)
    assert [(meta.origin, meta.epoch > 1) for meta in metas] == [("here", False), ("here", True)]
