"""What a transaction changes is queued by `record` and written by `settle`, the last thing before COMMIT.

The order of the log is the order of commits. `settle` locks the rows of the scopes it writes to, ascending,
and counts on from their `head`; the locks last until COMMIT, so whoever sees a `seq` sees everything below
it. A database sequence, a clock or a transaction id cannot promise that: a transaction that took its number
early and commits late is stepped over by every cursor that passed in between.

A record moves to its newest `seq`; what it was before is forgotten. A deletion stays as a row without a body,
with its time, until it is collected (`prune`). A change that changes nothing is not written, and wakes nobody.

Needs READ COMMITTED on PostgreSQL and BEGIN IMMEDIATE on SQLite: what is read after the lock must be the
latest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from sync import pending, rows, scopes
from sync.pending import Change
from sync.rows import Present
from sync.scopes import ScopeKey

__all__ = ["RECORD_ID", "TYPE", "Crypt", "h64", "record", "settle"]

TYPE = r"[a-z][A-Za-z0-9-]{0,31}"
RECORD_ID = r"(?=.{1,64}\Z)[A-Za-z0-9_-]{1,22}(?:\.[A-Za-z0-9_-]{1,22})*"
"""A UUID travels as 22 characters of base64url; names joined by dots make ids that converge by themselves."""

Crypt = Callable[[str, bytes], bytes]
"""(tenant, bytes) → bytes, sealing or opening."""

_type, _record_id = re.compile(TYPE), re.compile(RECORD_ID)
_encode = msgspec.json.Encoder(order="deterministic").encode


def record(session: AsyncSession, tenant: str, *changes: Change) -> None:
    """Queue changes in the session. Of several to one record in one transaction, the last counts.

    Raises ValueError for a type or an id that could not travel.
    """
    for change in changes:
        if not _type.fullmatch(change.type) or not _record_id.fullmatch(change.id):
            raise ValueError(f"not a record type and id of the protocol: {change.type!r}, {change.id!r}")
    pending.of(session.sync_session).recorded.extend((tenant, change) for change in changes)


def h64(type: str, id: str, rev: int) -> int:
    """First 8 bytes, big-endian and signed, of SHA-256(type NUL id NUL revision in decimal)."""
    return int.from_bytes(sha256(f"{type}\0{id}\0{rev}".encode()).digest()[:8], "big", signed=True)


async def settle(
    session: AsyncSession, seal: Crypt, *, now: datetime, unseal: Crypt | None = None
) -> dict[str, dict[int, int]]:
    """Write what is queued. Call it once, as the last thing before COMMIT: it takes the locks of the scopes.

    → {tenant: {scope: new head}} of the scopes that moved; true once COMMIT has succeeded. `now` is the time of
    the deletions among them. Sealed bodies differ each time they are sealed: only with `unseal` can an unchanged
    one be recognised.
    """
    await session.flush()
    queue = pending.of(session.sync_session)
    tenants: dict[str, dict[_Name, Change]] = {}
    for tenant, change in queue.unsettled():
        latest = tenants.setdefault(tenant, {})
        name = (change.scope, change.type, change.id)
        latest.pop(name, None)
        latest[name] = change
    moved = {}
    for tenant in sorted(tenants):
        ink = _Ink(tenant, seal, unseal, now)
        if heads := await _write(session, ink, list(tenants[tenant].values())):
            moved[tenant] = heads
    queue.settled = len(queue.recorded)
    return moved


_Name = tuple[ScopeKey, str, str]


@dataclass(frozen=True, slots=True)
class _Ink:
    tenant: str
    seal: Crypt
    unseal: Crypt | None
    now: datetime

    def bytes_of(self, change: Change) -> bytes | None:
        return None if change.body is None else _encode(change.body)

    def same(self, present: Present, change: Change, plain: bytes | None) -> bool:
        if plain is None or present.body is None:
            return plain is None and present.body is None
        if present.sealed != change.sealed or (present.sealed and self.unseal is None):
            return False
        return plain == (
            self.unseal(self.tenant, present.body) if present.sealed and self.unseal else present.body
        )


@dataclass(slots=True)
class _Tally:
    """What one scope's row gains."""

    head: int
    n: int = 0
    x: int = 0


async def _write(session: AsyncSession, ink: _Ink, changes: Sequence[Change]) -> dict[int, int]:
    """→ the new heads."""
    ids = await _scopes(session, ink.tenant, changes)
    # What lives in a scope nobody has ever written to need not be deleted from it.
    placed = [(ids[change.scope], change) for change in changes if change.scope in ids]
    if not placed:
        return {}
    heads = await scopes.lock(session, ink.tenant, ids.values())
    present = await rows.present(session, ink.tenant, [(scope, c.type, c.id) for scope, c in placed])
    tallies = {scope: _Tally(head) for scope, head in heads.items()}
    written = []
    for scope, change in placed:
        old = present.get((scope, change.type, change.id))
        if (row := _next(ink, tallies[scope], old, change)) is not None:
            written.append((ink.tenant, scope, *row))
    moved = {scope: tally for scope, tally in tallies.items() if tally.head > heads[scope]}
    if moved:
        await rows.write(session, written)
        await _advance(session, ink.tenant, moved)
    return {scope: tally.head for scope, tally in moved.items()}


def _next(ink: _Ink, tally: _Tally, old: Present | None, change: Change) -> tuple[Any, ...] | None:
    """The row as it will stand, from `seq` on, counted into the tally; None if nothing changes."""
    plain = ink.bytes_of(change)
    if plain is None if old is None else ink.same(old, change, plain):
        return None
    rev = old.rev + 1 if old else 1
    tally.head += 1
    mark = h64(change.type, change.id, rev)
    if old and not old.deleted:
        tally.n, tally.x = tally.n - 1, tally.x ^ old.h64
    place = (tally.head, change.type, change.id, tally.head, rev)
    if plain is None:
        return (*place, True, mark, False, None, ink.now)
    tally.n, tally.x = tally.n + 1, tally.x ^ mark
    return (*place, False, mark, change.sealed, ink.seal(ink.tenant, plain) if change.sealed else plain, None)


async def _scopes(session: AsyncSession, tenant: str, changes: Sequence[Change]) -> dict[ScopeKey, int]:
    """The ids of the scopes, made where something is put into one for the first time."""
    wanted = {change.scope for change in changes}
    ids = await scopes.find(session, tenant, wanted)
    missing = {change.scope for change in changes if change.body is not None} - ids.keys()
    return ids | await scopes.create(session, tenant, missing) if missing else ids


async def _advance(session: AsyncSession, tenant: str, tallies: dict[int, _Tally]) -> None:
    await rows.advance(session, tenant, [(id, t.head, t.n, t.x) for id, t in sorted(tallies.items())])
