"""Segments are made, named and taken back: the part of `segments` that writes.

Made in chunks, each a snapshot of its own, and kept by content outside the database before any page names it. What
is no longer named stays for a day, as a page may just have named it; then its bytes go, and then its row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Table, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sync.delta import Row, splice
from sync.models import SyncRecord, SyncScope, SyncSegment
from sync.scopes import ScopeKey, insert
from sync.segments import SMALLEST

GROWN = 200
"""Changes since the last one that are worth another; of a large scope, a fifth of what it holds."""
KEPT = timedelta(days=1)
"""How old a segment may be that holds what has changed, and how long one stays that no page names any more."""

_rec, _scope, _segment = (cast(Table, model.__table__) for model in (SyncRecord, SyncScope, SyncSegment))

Reading = Callable[[], AbstractAsyncContextManager[AsyncSession]]


@dataclass(frozen=True, slots=True)
class Made:
    """Bytes of a segment, which nobody knows of yet."""

    scope: int
    seq: int
    n: int
    body: bytes

    @property
    def sha(self) -> bytes:
        return sha256(self.body).digest()


async def readable(session: AsyncSession, tenant: str, members: Collection[ScopeKey], sha: bytes) -> bool:
    """Whether this is the present segment of a scope that the asker is in."""
    s, g = _scope.c, _segment.c
    there = and_(s.tenant == g.tenant, s.id == g.scope_id, s.seg_sha == g.sha)
    statement = select(s.kind, s.key).join_from(_segment, _scope, there)
    row = (await session.execute(statement.where(g.tenant == tenant, g.sha == sha))).one_or_none()
    return row is not None and ScopeKey(row.kind, row.key) in members


async def wanting(
    session: AsyncSession, tenant: str, kinds: Collection[str], now: datetime, smallest: int = SMALLEST
) -> list[int]:
    """The scopes of these kinds that are large enough and have no segment, or one that is behind."""
    s, g = _scope.c, _segment.c
    there = and_(g.tenant == s.tenant, g.sha == s.seg_sha)
    statement = select(s.id, s.head, s.floor, s.live_n, g.seq, g.made_at)
    statement = statement.join_from(_scope, _segment, there, isouter=True)
    large = (s.tenant == tenant, s.kind.in_(sorted(kinds)), s.live_n >= smallest)
    rows = await session.execute(statement.where(*large).order_by(s.id))
    return [row.id for row in rows if _behind(row, now)]


def _behind(row: Any, now: datetime) -> bool:
    if row.seq is None:
        return True
    return row.head - row.seq >= max(GROWN, row.live_n // 5) or _stale(row, now)


def _stale(row: Any, now: datetime) -> bool:
    """Whether it may hold deleted text for longer than it should."""
    return bool(row.floor > row.seq or (row.head > row.seq and row.made_at <= now - KEPT))


async def outlived(
    session: AsyncSession, tenant: str, now: datetime, smallest: int = SMALLEST
) -> list[bytes]:
    """Segments that are behind and are not made anew, as their scope shrank: to `withdraw`."""
    s, g = _scope.c, _segment.c
    there = and_(g.tenant == s.tenant, g.sha == s.seg_sha)
    statement = select(g.sha, s.head, s.floor, g.seq, g.made_at).join_from(_scope, _segment, there)
    rows = await session.execute(statement.where(s.tenant == tenant, s.live_n < smallest).order_by(s.id))
    return [row.sha for row in rows if _stale(row, now)]


async def named(session: AsyncSession, tenant: str, scope: int) -> bytes | None:
    """The present segment of a scope."""
    mine = (_scope.c.tenant == tenant, _scope.c.id == scope)
    sha: bytes | None = await session.scalar(select(_scope.c.seg_sha).where(*mine))
    return sha


async def make(reading: Reading, tenant: str, scope: int, chunk: int = 1000) -> Made | None:
    """Read in chunks, each a snapshot of its own; None where a record is sealed."""
    async with reading() as session:
        here = select(_scope.c.head).where(_scope.c.tenant == tenant, _scope.c.id == scope)
        head = (await session.execute(here)).scalar_one()
    records: list[bytes] = []
    after = 0
    while True:
        async with reading() as session:
            rows = await _chunk(session, tenant, scope, (after, head), chunk)
        if any(row.sealed for row in rows):
            return None
        records += [splice(scope, Row(row.type, row.rid, row.seq, row.rev, row.body)) for row in rows]
        if len(rows) < chunk:
            return Made(scope, head, len(records), b'{"changes":[%b]}' % b",".join(records))
        after = rows[-1].seq


async def _chunk(
    session: AsyncSession, tenant: str, scope: int, span: tuple[int, int], limit: int
) -> Sequence[Any]:
    c, (after, head) = _rec.c, span
    place = (c.tenant == tenant, c.scope_id == scope, c.seq > after, c.seq <= head, c["del"].is_(False))
    rows = select(c.type, c.rid, c.seq, c.rev, c.sealed, c.body).where(*place)
    return (await session.execute(rows.order_by(c.seq).limit(limit))).all()


async def publish(session: AsyncSession, tenant: str, made: Made, now: datetime) -> bool:
    """From the commit on, pages name it; its bytes must be safe by then. False where a newer one is there."""
    mine = (_scope.c.tenant == tenant, _scope.c.id == made.scope, _scope.c.seg_to < made.seq)
    named = update(_scope).where(*mine).values(seg_to=made.seq, seg_sha=made.sha)
    if (await session.execute(named.returning(_scope.c.id))).first() is None:
        return False
    g = _segment.c
    before = (g.tenant == tenant, g.scope_id == made.scope, g.replaced_at.is_(None), g.sha != made.sha)
    await session.execute(update(_segment).where(*before).values(replaced_at=now))
    row = {"scope_id": made.scope, "seq": made.seq, "n": made.n, "made_at": now, "replaced_at": None}
    kept = insert(session, _segment).values(tenant=tenant, sha=made.sha, **row)
    await session.execute(kept.on_conflict_do_update(index_elements=["tenant", "sha"], set_=row))
    return True


async def withdraw(session: AsyncSession, tenant: str, sha: bytes, now: datetime) -> None:
    """No page names it any more: its bytes were not where they should be, or nothing newer can take its place."""
    mine = (_scope.c.tenant == tenant, _scope.c.seg_sha == sha)
    await session.execute(update(_scope).where(*mine).values(seg_to=0, seg_sha=None))
    row = (_segment.c.tenant == tenant, _segment.c.sha == sha, _segment.c.replaced_at.is_(None))
    await session.execute(update(_segment).where(*row).values(replaced_at=now))


async def replaced(session: AsyncSession, tenant: str, now: datetime, limit: int = 10) -> list[bytes]:
    """Those that no page has named for a day: their bytes can go, and then their rows (`forget`)."""
    old = (_segment.c.tenant == tenant, _segment.c.replaced_at <= now - KEPT)
    return list(await session.scalars(select(_segment.c.sha).where(*old).limit(limit)))


async def forget(session: AsyncSession, tenant: str, sha: bytes) -> None:
    row = (_segment.c.tenant == tenant, _segment.c.sha == sha, _segment.c.replaced_at.is_not(None))
    await session.execute(delete(_segment).where(*row))
