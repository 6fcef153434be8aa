"""What nobody needs any more is collected, in small transactions: deletions, old answers, acknowledgements.

A deletion stays in the log until it is 180 days old. In one transaction the scope's `floor` is raised to the
newest deletion that goes, and then they go; so whoever sees a row missing sees the floor that says so. A client is
sent back to its start (410 `compacted`) only if it stands below the floor, by seq and never by the age of its
cursor: a phone that slept for a year in a scope where nothing was deleted goes on where it was. One that is in the
middle of a snapshot is measured by the head at which that began, or a long snapshot would begin again after every
collection.

Each function does one bounded step, so that the writer is never held for long; call it until nothing is left.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import BigInteger, String, Table, bindparam, case, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from sync import scopes
from sync.models import SyncAck, SyncMutation, SyncRecord, SyncScope

KEEP = timedelta(days=180)
"""How long deletions stay in the log, and answers to mutations: longer than a phone lies in a drawer."""
AT_ONCE = 500

_ack, _mutation, _rec, _scope = (
    cast(Table, model.__table__) for model in (SyncAck, SyncMutation, SyncRecord, SyncScope)
)


async def collect(
    session: AsyncSession, tenant: str, now: datetime, keep: timedelta = KEEP, limit: int = AT_ONCE
) -> int:
    """The oldest deletions of more than `keep` ago, at most `limit`. → how many went; 0 when none is left."""
    c, old = _rec.c, _rec.c.gone_at <= now - keep
    oldest = select(c.scope_id, c.seq).where(c.tenant == tenant, old).order_by(c.gone_at).limit(limit)
    gone = [(scope, seq) for scope, seq in await session.execute(oldest)]
    if not gone:
        return 0
    floors: dict[int, int] = {}
    for scope, seq in gone:
        floors[scope] = max(seq, floors.get(scope, 0))
    await scopes.lock(session, tenant, floors)
    await _raise(session, tenant, floors)
    row = (c.tenant == tenant, c.scope_id == bindparam("scope"), c.seq == bindparam("at"))
    # One that came back meanwhile has moved on, and is not at this place any more.
    statement = delete(_rec).where(*row, c["del"])
    rows = [{"scope": scope, "at": seq} for scope, seq in sorted(gone)]
    await (await session.connection()).execute(statement, rows)
    return len(gone)


async def _raise(session: AsyncSession, tenant: str, floors: dict[int, int]) -> None:
    c, to = _scope.c, bindparam("to", type_=BigInteger)
    statement = update(_scope).where(c.tenant == tenant, c.id == bindparam("scope"))
    statement = statement.values(floor=case((c.floor < to, to), else_=c.floor))
    rows = [{"scope": scope, "to": floor} for scope, floor in sorted(floors.items())]
    await (await session.connection()).execute(statement, rows)


async def forget_mutations(
    session: AsyncSession,
    tenant: str,
    now: datetime,
    after: tuple[str, str] = ("", ""),
    keep: timedelta = KEEP,
    limit: int = AT_ONCE,
) -> tuple[str, str] | None:
    """Looks at the next `limit` answers behind `after`, (device, mid), and forgets those of more than `keep` ago.

    → where to go on; None at the end. The table is walked, as an index by time would cost every push.
    """
    c = _mutation.c
    place = tuple_(c.device_id, c.mid)
    here = select(c.device_id, c.mid, c.at).where(c.tenant == tenant, place > after)
    rows = (await session.execute(here.order_by(c.device_id, c.mid).limit(limit))).all()
    old = [{"device": row.device_id, "which": row.mid} for row in rows if row.at <= now - keep]
    if old:
        one = (c.tenant == tenant, c.device_id == bindparam("device"), c.mid == bindparam("which"))
        statement = delete(_mutation).where(*one)
        await (await session.connection()).execute(statement, old)
    return (rows[-1].device_id, rows[-1].mid) if len(rows) == limit else None


async def forget_devices(session: AsyncSession, tenant: str, devices: Collection[str]) -> None:
    """What devices that will not come back have acknowledged."""
    wanted, (device,) = scopes.listed(session, [(each,) for each in devices], String())
    mine = (_ack.c.tenant == tenant, _ack.c.device_id.in_(select(device).select_from(wanted)))
    await session.execute(delete(_ack).where(*mine))
