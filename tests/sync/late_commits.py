"""The race that a log must win: writers that pause inside their transactions, and one who keeps only its place."""

from __future__ import annotations

import asyncio
from random import Random

import msgspec

from sync import record
from sync.models import SyncRecord
from tests.sync.store import TENANT, A, B, Store, note

WRITERS = 16
Name = tuple[int, str]


async def race(store: Store, transactions: int) -> tuple[set[Name], set[Name], int]:
    """→ what was written, what the poller saw of it, and how many of its polls met the writers."""
    writers = [asyncio.create_task(_write(store, i, Random(i), transactions)) for i in range(WRITERS)]
    poller = _Poller(store)
    met = 0
    while not all(writer.done() for writer in writers):
        met += bool(await poller.poll())
    await asyncio.gather(*writers)
    while await poller.poll():
        pass
    written = {(row.scope_id, row.rid) for row in await store.rows(SyncRecord)}
    assert len(written) == WRITERS * (transactions + -(-transactions // 3)), "a transaction went missing"
    return written, poller.seen, met


async def _write(store: Store, writer: int, random: Random, transactions: int) -> None:
    """They do not commit in the order they began."""
    for turn in range(transactions):
        async with store.write() as session:
            record(session, TENANT, note(A, f"w{writer}t{turn}", turn))
            if turn % 3 == 0:
                record(session, TENANT, note(B, f"w{writer}t{turn}", turn))
            await asyncio.sleep(random.random() / 200)


class _Poller:
    def __init__(self, store: Store) -> None:
        self.seen: set[Name] = set()
        self._store = store
        self._cursor: str | None = None

    async def poll(self) -> int:
        page = await self._store.pull([A, B], self._cursor)
        self._cursor = page.cursor
        changes = msgspec.json.decode(page.body)["changes"] if page.body else []
        self.seen.update((change["s"], change["id"]) for change in changes)
        return len(changes)
