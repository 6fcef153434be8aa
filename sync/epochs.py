"""An epoch ends when a restore may have taken back what phones already hold: every cursor of it is refused, and
every client starts its copy afresh, keeping what it has yet to push.

Who restores by the command says so. For whoever copies files about, there are two nets. At start the server looks
whether the database is older, or another, than when it was last seen (that part belongs to the server, which knows
files and databases). And a cursor that is ahead of the log, written by nobody but us, tells of a log that was
longer: `lost` reads a second time, from the database that takes the writes, and ends the epoch if it is so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sync import scopes
from sync.cursor import Person, Signer, Vector
from sync.models import SyncAck, SyncMeta, SyncScope, SyncSegment

_ack, _meta, _scope, _segment = (
    cast(Table, model.__table__) for model in (SyncAck, SyncMeta, SyncScope, SyncSegment)
)


def above(now: datetime, *known: int) -> int:
    """An epoch that no phone has heard of: a database copied back twice must not come to the same one twice, and
    only the clock can tell such a copy from the first."""
    return max(int(now.timestamp()), *known) + 1


async def length(session: AsyncSession) -> int:
    """How many changes the log of this database has ever taken. It never gets less, but by a restore."""
    return int(await session.scalar(select(func.coalesce(func.sum(_scope.c.head), 0))) or 0)


async def newest(session: AsyncSession) -> int:
    """The highest epoch of this database; 0 where there is none."""
    return await session.scalar(select(func.max(_meta.c.epoch))) or 0


async def seen_by_phones(session: AsyncSession) -> bool:
    """Whether any device has ever come back with a cursor."""
    return await session.scalar(select(_ack.c.seq).limit(1)) is not None


async def rotate(
    session: AsyncSession, now: datetime, tenants: Sequence[str] | None = None, *, known: int = 0
) -> None:
    """A new epoch, of these tenants or of all. What segments were made is forgotten: their bytes may not be there."""
    them = select(_meta.c.tenant).order_by(_meta.c.tenant)
    if tenants is not None:
        them = them.where(_meta.c.tenant.in_(tenants))
    for tenant in (await session.scalars(them)).all():
        await _end(session, tenant, now, known)


async def _end(session: AsyncSession, tenant: str, now: datetime, known: int = 0) -> None:
    """Locks as `journal` does: one city after the other, of each its own row, then its scopes, ascending."""
    mine = _meta.c.tenant == tenant
    epoch = await session.scalar(select(_meta.c.epoch).where(mine).with_for_update())
    await session.execute(update(_meta).where(mine).values(epoch=above(now, epoch or 0, known)))
    s, g = _scope.c, _segment.c
    offered = (await session.scalars(select(s.id).where(s.tenant == tenant, s.seg_to > 0))).all()
    await scopes.lock(session, tenant, offered)
    them = (s.tenant == tenant, s.id.in_(offered))
    await session.execute(update(_scope).where(*them).values(seg_to=0, seg_sha=None))
    present = (g.tenant == tenant, g.scope_id.in_(offered), g.replaced_at.is_(None))
    await session.execute(update(_segment).where(*present).values(replaced_at=now))


async def lost(
    session: AsyncSession,
    signer: Signer,
    holder: Person,
    cursor: str,
    types: Sequence[str] | None,
    now: datetime,
) -> bool:
    """After Ahead, in a transaction of the primary: whether the log is really shorter than this cursor. If so, the
    epoch has been ended; if not, whoever read first had an older copy, and may read again.

    Raises ResyncRequired where somebody else has ended the epoch meanwhile, so that it ends once.
    """
    mine = select(_meta.c.epoch).where(_meta.c.tenant == holder.tenant).with_for_update()
    held = signer.read(cursor, holder, await session.scalar(mine) or 0, types)
    seqs = _held(held)
    c = _scope.c
    rows = await session.execute(select(c.id, c.head).where(c.tenant == holder.tenant, c.id.in_(seqs)))
    heads = dict(rows.all())
    if all(seq <= heads.get(scope, -1) for scope, seq in seqs.items()):
        return False
    await rotate(session, now, [holder.tenant])
    return True


def _held(vector: Vector) -> dict[int, int]:
    leaving = {scope: gone.held.safe for scope, gone in vector.leaving.items()}
    return leaving | {scope: at.safe for scope, at in vector.scopes.items()}


async def begin(session: AsyncSession, origin: str, now: datetime) -> list[str]:
    """Notes which server's database this is. → the tenants that came from another one, in their new epoch."""
    c, moved = _meta.c, []
    strangers = select(c.tenant).where(c.origin.is_distinct_from(origin)).order_by(c.tenant)
    for tenant in (await session.scalars(strangers)).all():
        mine = c.tenant == tenant
        # Read again under the lock: another process may have begun with it meanwhile.
        before = await session.scalar(select(c.origin).where(mine).with_for_update())
        if before not in (None, origin):
            await _end(session, tenant, now)
            moved.append(tenant)
        await session.execute(update(_meta).where(mine).values(origin=origin))
    return moved
