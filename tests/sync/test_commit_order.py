"""A cursor never steps over a commit that came late."""

from __future__ import annotations

import asyncio

import pytest

from sync import Change
from sync.models import SyncRecord, SyncScope
from sync.scopes import ScopeKey
from tests.sync.late_commits import race
from tests.sync.store import A, B, Store, note

pytestmark = pytest.mark.everyday


async def test_a_poller_that_keeps_only_its_place_misses_nothing(store: Store) -> None:
    """16 writers pause inside their transactions, so that they do not commit in the order they began."""
    written, seen, met = await race(store, 9)
    assert written - seen == set(), "law 3: a commit that came late was stepped over"
    assert met > 5, "the poller never met the writers"


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
