"""What a device has shown to hold. Presenting a cursor acknowledges all that the cursor covers; nothing else
does, as an answer that was sent may never have arrived.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Insert,
    String,
    Table,
    and_,
    bindparam,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from sync.models import SyncAck, SyncRecord
from sync.questions import Question, Statement, ask, listed, listing, tell
from sync.scopes import INSERT

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


Place = tuple[str, int]
"""Device and scope."""


async def save_acks(
    session: AsyncSession, tenant: str, acks: Mapping[str, Sequence[Ack]]
) -> dict[str, list[Advance]]:
    """By device. Returns each advance to exactly one caller. Writes only what changed, and never goes back."""
    newest: dict[Place, int] = {}
    for device, some in acks.items():
        for ack in some:
            place = (device, ack.scope_id)
            newest[place] = max(ack.seq, newest.get(place, 0))
    if not newest:
        return {}
    known = await _known(session, tenant, newest)
    if missing := sorted(newest.keys() - known.keys()):
        await ask(session, _BLANK, tenant=tenant, **_listing(session, missing))
        known = await _known(session, tenant, newest)
    moved = [(place, known[place], newest[place]) for place in sorted(newest) if newest[place] > known[place]]
    advances: dict[str, list[Advance]] = {}
    for (device, scope), before, to in moved:
        advances.setdefault(device, []).append(Advance(scope, before, to))
    if moved:
        rows = [(tenant, device, scope, to) for (device, scope), _, to in moved]
        await tell(session, _MOVED, ("of", "device", "scope", "to"), rows)
    return advances


def _listing(session: AsyncSession, places: Sequence[Place]) -> dict[str, Any]:
    return listing(session.get_bind().dialect.name, "place", *zip(*places, strict=True))


def _held(dialect: str) -> Statement:
    """Locked, so that two requests of one device report an advance once."""
    places, (device, scope) = listed(dialect, "place", String(), BigInteger())
    c = _ack.c
    on = and_(c.tenant == bindparam("tenant", type_=String()), c.device_id == device, c.scope_id == scope)
    rows = select(c.device_id, c.scope_id, c.seq)
    if dialect == "sqlite":
        # Whoever writes is alone; and from an inner join SQLite would read all of the tenant.
        return rows.join_from(places, _ack, on, isouter=True)
    return rows.join_from(places, _ack, on).order_by(c.device_id, c.scope_id).with_for_update(of=_ack)


def _blank(dialect: str) -> Statement:
    places, (device, scope) = listed(dialect, "place", String(), BigInteger())
    c = _ack.c
    # SQLite takes the ON of ON CONFLICT for a join's, unless a WHERE stands between.
    rows = select(bindparam("tenant", type_=String()), device, scope, literal_column("0")).select_from(places)
    columns = [c.tenant, c.device_id, c.scope_id, c.seq]
    blank: Insert = INSERT[dialect](_ack).from_select(columns, rows.where(true())).on_conflict_do_nothing()
    return blank


def _moved(_dialect: str) -> Statement:
    c = _ack.c
    of, device = bindparam("of", type_=String()), bindparam("device", type_=String())
    row = (c.tenant == of, c.device_id == device, c.scope_id == bindparam("scope", type_=BigInteger()))
    return update(_ack).where(*row).values(seq=bindparam("to", type_=BigInteger()))


_HELD, _BLANK, _MOVED = Question(_held), Question(_blank), Question(_moved)


async def _known(session: AsyncSession, tenant: str, places: Mapping[Place, int]) -> dict[Place, int]:
    rows = await ask(session, _HELD, tenant=tenant, **_listing(session, sorted(places)))
    return {(device, scope): seq for device, scope, seq in rows if device is not None}


async def records_between(
    session: AsyncSession, tenant: str, steps: Collection[Advance], type: str
) -> dict[Advance, set[str]]:
    """Ids of the records of a type that stand, not deleted, at from_seq < seq ≤ to_seq of each step. Without those that
    have none."""
    places = sorted((step.scope_id, step.from_seq, step.to_seq) for step in steps)
    found: dict[Advance, set[str]] = {}
    if places:
        given = listing(session.get_bind().dialect.name, "step", *zip(*places, strict=True))
        for *step, rid in await ask(session, _BETWEEN, tenant=tenant, type=type, **given):
            if rid is not None:
                found.setdefault(Advance(*step), set()).add(rid)
    return found


def _between(dialect: str) -> Statement:
    """From the outside, as SQLite would read all of the tenant from an inner join: each step is one range of the index."""
    steps, (scope, after, upto) = listed(dialect, "step", BigInteger(), BigInteger(), BigInteger())
    c = _rec.c
    on = and_(
        c.tenant == bindparam("tenant", type_=String()),
        c.scope_id == scope,
        c.seq > after,
        c.seq <= upto,
        c.type == bindparam("type", type_=String()),
        c["del"].is_(False),
    )
    return select(scope, after, upto, c.rid).join_from(steps, _rec, on, isouter=True)


_BETWEEN = Question(_between)
