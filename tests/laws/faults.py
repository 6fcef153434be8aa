"""Planted mistakes of the protocol itself: pages, cursors, pushes, sums, memberships, pokes. See `planting`."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import msgspec
from sqlalchemy import text

from server.reading.memory import Memory
from server.routes.sync import pulling
from server.syncing import intake
from sync import applying, claims, cursor, delta, journal, live, log, manifest, newest, prune, scopes
from sync.cursor import Position, Signer, Vector
from sync.delta import Changed, Draft, Head
from tests.laws.planting import fault, replace


def _reconciled(change: Callable[[Vector, Vector, Sequence[int], Mapping[int, Head]], Vector]) -> None:
    """`change` gets what was reconciled, and what from."""

    def make(original: Any) -> Any:
        def reconcile(held: Vector, members: Sequence[int], heads: Mapping[int, Head]) -> Vector:
            return change(original(held, members, heads), held, members, heads)

        return reconcile

    replace(delta, "reconcile", make)


def _computed(change: Callable[[Draft], Draft]) -> None:
    def make(original: Any) -> Any:
        def compute(*args: Any, **more: Any) -> Any:
            return change((yield from original(*args, **more)))

        return compute

    replace(delta, "compute", make)


@fault
def no_removal_on_revoke() -> None:
    _reconciled(lambda now, *_: Vector(now.scopes, {}))


@fault
def no_snapshot_on_grant() -> None:
    """A scope that is new to a phone begins at its head, as if its past were held."""

    def change(now: Vector, held: Vector, members: Sequence[int], heads: Mapping[int, Head]) -> Vector:
        fresh = {id: Position(heads[id].head) for id in members if held.scopes and id not in held.scopes}
        return Vector(fresh | now.scopes, now.leaving)

    _reconciled(change)


@fault
def tombstones_skipped() -> None:
    def make(original: Any) -> Any:
        def compute(*args: Any, **more: Any) -> Any:
            page, rows = original(*args, **more), None
            while True:
                try:
                    question = page.send(rows)
                except StopIteration as end:
                    return end.value
                rows = yield question
                if isinstance(question, Changed):
                    rows = [row for row in rows if row.body is not None]

        return compute

    replace(delta, "compute", make)
    replace(newest, "draft", lambda _: lambda *_: None)


@fault
def cursor_past_the_page() -> None:
    """One more than was sent, where a page is full."""

    def change(draft: Draft) -> Draft:
        if not draft.more:
            return draft
        scopes = {
            id: Position(at.seq + 1, at.snap) if at.seq and at.snap else at
            for id, at in draft.vector.scopes.items()
        }
        return msgspec.structs.replace(draft, vector=Vector(scopes, draft.vector.leaving))

    _computed(change)


@fault
def removal_forgets_its_place() -> None:
    """What is left of a long removal is dropped from the cursor after its first page."""
    _computed(lambda draft: msgspec.structs.replace(draft, vector=Vector(draft.vector.scopes, {})))


@fault
def no_floor_check_on_leave() -> None:
    def make(original: Any) -> Any:
        def reconcile(held: Vector, members: Sequence[int], heads: Mapping[int, Head]) -> Vector:
            leaving = (held.leaving.keys() | held.scopes.keys()) - set(members)
            bare = {id: dataclasses.replace(heads[id], floor=0) for id in leaving if id in heads}
            now: Vector = original(held, members, {**heads, **bare})
            return now

        return reconcile

    replace(delta, "reconcile", make)


@fault
def returned_while_leaving() -> None:
    """Whoever is let in again keeps the cursor, though some of what it covers is already removed."""

    def change(now: Vector, held: Vector, members: Sequence[int], heads: Mapping[int, Head]) -> Vector:
        back = {id: gone.held for id, gone in now.leaving.items() if id in members}
        rest = {id: gone for id, gone in now.leaving.items() if id not in members}
        return Vector(now.scopes | back, rest)

    _reconciled(change)


@fault
def floor_against_seq_alone() -> None:
    """The livelock: a long snapshot is sent back to its beginning by every collection."""
    replace(Position, "safe", lambda _: property(lambda self: self.seq))


@fault
def no_user_check() -> None:
    replace(cursor, "_holder", lambda _: lambda *_: b"everybody")


@fault
def epoch_ignored() -> None:
    def make(original: Any) -> Any:
        def read(self: Signer, text: str, holder: Any, epoch: int, types: Any) -> Vector:
            wire, _ = self._known(text)
            vector: Vector = original(self, text, holder, wire.epoch, types)
            return vector

        return read

    replace(Signer, "read", make)


@fault
def sums_forget_deletions() -> None:
    def make(original: Any) -> Any:
        def next(ink: Any, tally: Any, old: Any, change: Any) -> Any:
            n, x = tally.n, tally.x
            row = original(ink, tally, old, change)
            if change.body is None:
                tally.n, tally.x = n, x
            return row

        return next

    replace(journal, "_next", make)


@fault
def no_dedupe() -> None:
    """The first answer is kept, and not looked for."""

    def make(original: Any) -> Any:
        async def claim(session: Any, mutations: Any, now: Any) -> claims.Claims:
            found: claims.Claims = await original(session, mutations, now)
            return claims.Claims(set(mutations), {}, found.tried)

        return claim

    replace(claims, "claim", make)


@fault
def accepted_and_taken_back() -> None:
    """What is written to the second note of a scope is answered as ever, and rolled back with its savepoint."""

    def make(original: Any) -> Any:
        async def handle(self: Any, type: str, calls: Sequence[Any]) -> Any:
            if not all(call.mutation.id.endswith("2") for call in calls):
                return await original(self, type, calls)
            savepoint = await self.session.begin_nested()
            outcomes = await original(self, type, calls)
            await savepoint.rollback()
            return outcomes

        return handle

    replace(applying.Work, "_handle", make)


@fault
def collection_without_floor() -> None:
    def make(_original: Any) -> Any:
        async def nothing(session: Any, tenant: str, floors: Any) -> None: ...

        return nothing

    replace(prune, "_raise", make)


@fault
def manifest_for_strangers() -> None:
    """Whoever knows the number of a scope gets its manifest."""

    class Everything:
        def __contains__(self, _: object) -> bool:
            return True

    def make(original: Any) -> Any:
        async def standing(session: Any, asker: Any, scope: int) -> Any:
            return await original(session, dataclasses.replace(asker, members=Everything()), scope)

        return standing

    replace(manifest, "_standing", make)


@fault
def pokes_lost_for_ever() -> None:
    replace(live.Hub, "moved", lambda _: lambda *_: None)
    replace(live.Hub, "found", lambda _: lambda *_: None)


@fault
def pokes_for_strangers() -> None:
    """Everybody is told of every scope."""

    def make(original: Any) -> Any:
        def attach(self: Any, listener: Any, tenant: str, scopes: Any) -> None:
            everything = range(max(scopes, default=0) + 50)
            original(self, listener, tenant, dict.fromkeys(everything, 0) | dict(scopes))

        return attach

    replace(live.Hub, "attach", make)


@fault
def seq_before_lock() -> None:
    """Numbers are handed out as a sequence hands them out: at once, and whoever is slow commits a lower one later.
    For PostgreSQL, and for `tests.sync.late_commits`: on SQLite there is one writer at a time."""
    counters: dict[tuple[str, int], int] = {}
    chance = Random(1)

    def make_lock(_original: Any) -> Any:
        async def lock(session: Any, tenant: str, ids: Any) -> dict[int, int]:
            heads = {}
            for id in ids:
                heads[id] = counters.get((tenant, id), 0)
                counters[tenant, id] = heads[id] + 1
            await asyncio.sleep(chance.random() / 200)
            return heads

        return lock

    def make_advance(_original: Any) -> Any:
        async def advance(session: Any, tenant: str, tallies: Any) -> None:
            for scope, tally in sorted(tallies.items()):
                row = {"tenant": tenant, "scope": scope, "to": tally.head, "n": tally.n, "x": tally.x}
                await session.execute(text(_SEQUENCE), row)

        return advance

    replace(scopes, "lock", make_lock)
    replace(journal, "_advance", make_advance)


_SEQUENCE = """UPDATE sync_scope SET head = greatest(head, :to), live_n = live_n + :n, live_x = live_x # :x
WHERE tenant = :tenant AND id = :scope"""


@fault
def stale_membership() -> None:
    """For a pull, who one is and where is taken from the request before."""
    told: dict[str, tuple[Any, Any, Any]] = {}

    def make(original: Any) -> Any:
        async def known(cut: Any, keys: Any, token: str, now: Any) -> Any:
            fresh = await original(cut, keys, token, now)
            # A request may be computed twice; it is known by its moment.
            moment, served, newest = told.get(token, (now, fresh, fresh))
            if moment != now:
                served = newest
            told[token] = (now, served, fresh)
            return served

        return known

    replace(pulling, "known", make)


@fault
def stale_rights() -> None:
    """For a push, rights are those of the push before."""
    told: dict[str, Any] = {}

    def make(original: Any) -> Any:
        async def identify_all(house: Any, session: Any, tokens: Sequence[str]) -> Any:
            fresh = dict(zip(tokens, await original(house, session, tokens), strict=True))
            before = [told.get(token, caller) for token, caller in fresh.items()]
            told.update(fresh)
            return before

        return identify_all

    replace(intake, "identify_all", make)


@fault
def memory_not_forgotten() -> None:
    """What was read once is taken for true, whatever has been committed since."""
    replace(Memory, "at", lambda _: lambda self, *_: self)


@fault
def tail_not_caught_up() -> None:
    """The newest records of a scope are told from memory, though there are newer ones."""

    def make(_original: Any) -> Any:
        async def caught_up(self: Any, old: Any, head: Any) -> Any:
            return old

        return caught_up

    replace(log.Rows, "_caught_up", make)
