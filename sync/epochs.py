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
    mine = _meta.c.tenant.in_(tenants) if tenants is not None else _meta.c.tenant == _meta.c.tenant
    epochs = select(_meta.c.tenant, _meta.c.epoch).where(mine).order_by(_meta.c.tenant).with_for_update()
    for tenant, epoch in (await session.execute(epochs)).all():
        fresh = above(now, epoch, known)
        await session.execute(update(_meta).where(_meta.c.tenant == tenant).values(epoch=fresh))
        offered = (_scope.c.tenant == tenant, _scope.c.seg_to > 0)
        await session.execute(update(_scope).where(*offered).values(seg_to=0, seg_sha=None))
        present = (_segment.c.tenant == tenant, _segment.c.replaced_at.is_(None))
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
    c = _meta.c
    came = select(c.tenant).where(c.origin.is_not(None), c.origin != origin).order_by(c.tenant)
    moved = list(await session.scalars(came.with_for_update()))
    if moved:
        await rotate(session, now, moved)
    await session.execute(update(_meta).where(c.origin.is_distinct_from(origin)).values(origin=origin))
    return moved
