"""What a device has shown to hold. Presenting a cursor acknowledges all that the cursor covers; nothing else
does, as an answer that was sent may never have arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import BigInteger, Table, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sync.models import SyncAck, SyncRecord
from sync.scopes import insert

_ack, _rec = cast(Table, SyncAck.__table__), cast(Table, SyncRecord.__table__)


@dataclass(frozen=True, slots=True)
class Ack:
    scope_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class Advance:
    """The device newly holds the rows of the scope with from_seq < seq ≤ to_seq."""

    scope_id: int
    from_seq: int
    to_seq: int


async def save_acks(session: AsyncSession, tenant: str, device: str, acks: Sequence[Ack]) -> list[Advance]:
    """Returns each advance to exactly one caller. Writes only what changed, and never goes back."""
    newest = {ack.scope_id: ack.seq for ack in sorted(acks, key=lambda ack: ack.seq)}
    known = await _known(session, tenant, device, newest)
    if missing := newest.keys() - known.keys():
        blank = [
            {"tenant": tenant, "device_id": device, "scope_id": scope, "seq": 0} for scope in sorted(missing)
        ]
        await session.execute(insert(session, _ack).on_conflict_do_nothing(), blank)
        known = await _known(session, tenant, device, newest)
    advances = [Advance(scope, known[scope], newest[scope]) for scope in sorted(newest)]
    advances = [advance for advance in advances if advance.to_seq > advance.from_seq]
    if advances:
        c = _ack.c
        row = (c.tenant == tenant, c.device_id == device, c.scope_id == bindparam("scope"))
        statement = update(_ack).where(*row).values(seq=bindparam("to", type_=BigInteger))
        rows = [{"scope": advance.scope_id, "to": advance.to_seq} for advance in advances]
        await (await session.connection()).execute(statement, rows)
    return advances


async def _known(session: AsyncSession, tenant: str, device: str, scopes: dict[int, int]) -> dict[int, int]:
    """Locked, so that two requests of one device report an advance once."""
    c = _ack.c
    statement = select(c.scope_id, c.seq).where(
        c.tenant == tenant, c.device_id == device, c.scope_id.in_(sorted(scopes))
    )
    return dict((await session.execute(statement.order_by(c.scope_id).with_for_update())).all())


async def records_between(
    session: AsyncSession, tenant: str, scope_id: int, after: int, upto: int, type: str
) -> list[str]:
    """Ids of the records of a type that stand, not deleted, at after < seq ≤ upto."""
    c = _rec.c
    place = (c.tenant == tenant, c.scope_id == scope_id, c.seq > after, c.seq <= upto)
    rows = select(c.rid).where(*place, c.type == type, c["del"].is_(False)).order_by(c.seq)
    return list(await session.scalars(rows))
