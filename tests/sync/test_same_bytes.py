"""SQLite and PostgreSQL are one log: the same acts give the same pages, byte for byte, cursor and all.

They are read as the server reads them: through the kept connection of each database, with what it remembers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from server.reading import Cut, Cuts
from server.reading.postgresql import PostgresCuts
from server.reading.sqlite import SqliteCuts
from sync import Change, prune
from sync.errors import ResyncRequired
from sync.pull import Page, Reader, pull
from sync.scopes import ScopeKey
from tests.sync.store import NOW, SIGNER, A, B, Store, note, sqlite_engine, unseal

SCOPES = {"a": A, "b": B}
CHANGE = st.builds(
    note,
    st.sampled_from([A, B]),
    st.sampled_from(["a", "B", "_", "a.1", "zz"]),
    st.none() | st.integers() | st.text(max_size=8) | st.lists(st.booleans(), max_size=2),
    type=st.sampled_from(["notes", "stamps"]),
    sealed=st.booleans(),
)
WRITE = st.tuples(st.just("write"), st.lists(CHANGE, min_size=1, max_size=3))
PULL = st.tuples(st.just("pull"), st.integers(1, 4))
MOVE = st.tuples(st.just("move"), st.sampled_from([A, B]))
COLLECT = st.tuples(st.just("collect"), st.none())
ACTS = st.lists(st.one_of(WRITE, WRITE, PULL, PULL, MOVE, COLLECT), min_size=4, max_size=14)
_towns = count()


class Side:
    """One of the two, with a phone that pulls from it."""

    def __init__(self, store: Store, cuts: Cuts, tenant: str) -> None:
        self.store, self.cuts, self.tenant = store, cuts, tenant
        self.cursor: str | None = None
        self.members: list[ScopeKey] = [A, B]

    async def do(self, verb: str, what: object) -> object:
        """What can be seen of it from outside."""
        match verb, what:
            case "write", list():
                changes: list[Change] = what
                await self.store.record(*changes, tenant=self.tenant)
            case "collect", _:
                async with self.store.write() as session:
                    return await prune.collect(session, self.tenant, NOW, timedelta())
            case "move", ScopeKey():
                self.members = [s for s in (A, B) if (s in self.members) != (s == what)]
            case "pull", int():
                return await self._pull(what)
        return None

    async def _pull(self, limit: int) -> object:
        reader = Reader(self.tenant, "hanako", "phone")
        cursor = self.cursor

        async def work(cut: Cut) -> Page:
            return await pull(
                cut,
                self.cuts.tails,
                SIGNER,
                reader,
                self.members,
                cursor=cursor,
                limit=limit,
                unseal=unseal,
                now=NOW,
            )

        try:
            page = await self.cuts.read(work)
        except ResyncRequired as required:
            self.cursor = None
            return required.reason
        self.cursor = page.cursor
        return page.body, page.cursor, page.more, page.presented


@asynccontextmanager
async def both(sqlite: str, postgresql: str) -> AsyncIterator[tuple[Side, Side]]:
    tenant = f"t{next(_towns)}"
    engines = sqlite_engine(sqlite), create_async_engine(postgresql)
    cuts = SqliteCuts(Path(sqlite)), PostgresCuts(make_url(postgresql))
    try:
        yield Side(Store(engines[0]), cuts[0], tenant), Side(Store(engines[1]), cuts[1], tenant)
    finally:
        for each in cuts:
            await each.close()
        for engine in engines:
            await engine.dispose()


@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
async def test_the_same_acts_give_the_same_bytes_on_both_databases(
    sync_sqlite: str, sync_postgresql: str, acts: list[tuple[str, object]]
) -> None:
    async with both(sync_sqlite, sync_postgresql) as (one, other):
        for verb, what in [*acts, ("pull", 200), ("pull", 200)]:
            assert await one.do(verb, what) == await other.do(verb, what), f"{verb} differs between databases"
