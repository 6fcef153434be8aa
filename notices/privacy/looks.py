"""WHO HAS LOOKED AT WHOSE NAMES is kept here. A leader or officer opens a screen with the names of a block: their phone
says so, also later, and everybody of that block can read who it was and when.

The claim is each look in our client, and each table of names that the house gives out. That the list lies on the phones
of those who hold a seat is said beside it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.alarm import kinds
from notices.errors import NotAllowed, NotFound
from notices.models import Block, Look, Notice, Seat, Term
from notices.privacy import naming
from notices.records import audience as places
from notices.tokyo import today, wire
from notices.town.standing import CITY, OFFICERS, Held, Standing, terms
from sync import Change, record

ONE_LOOK: Final = timedelta(minutes=10)
"""Whoever goes back and forth between screens looks once."""


@dataclass(frozen=True, slots=True)
class Glance:
    """`notice` None: at the list of homes itself. `at`: by the phone's clock, not later than now."""

    id: str
    block: str
    notice: str | None
    at: datetime


async def look(session: AsyncSession, by: Standing, glance: Glance, now: datetime) -> None:
    """Raises NotAllowed for whoever has no right to these names, neither now nor then; NotFound for a foreign notice.

    A look from before the end of a term that arrives after it is kept: it was one, and those who were looked at want to
    know it.
    """
    block = await session.get(Block, (by.tenant, glance.block))
    notice = None if glance.notice is None else await session.get(Notice, (by.tenant, glance.notice))
    held = None if block is None else await _right(session, by, block, notice, glance.at)
    if block is None or held is None:
        raise NotAllowed()
    if glance.notice is not None:
        _insist_on_notice(block, notice)
    if await session.get(Look, (by.tenant, glance.id)) is not None or await _just_now(session, by, glance):
        return
    _keep(session, by, glance, held, now)


async def given(
    session: AsyncSession, by: Standing, notice: Notice, blocks: Collection[str], now: datetime
) -> None:
    """The names of these blocks leave the house in one piece, of a city in thousands: to be looked at without our client.
    Whoever gives them out says so here, as no screen can.
    """
    lately = select(Look.block).where(
        Look.tenant == by.tenant, Look.by == by.person, Look.notice == notice.id, Look.at > now - ONE_LOOK
    )
    known = set(await session.scalars(lately))
    query = select(Block).where(Block.tenant == by.tenant, Block.id.in_(set(blocks) - known))
    for block in (await session.scalars(query.order_by(Block.id))).all():
        if (held := await _right(session, by, block, notice, now)) is not None:
            _keep(session, by, Glance(ids.new_id(), block.id, notice.id, now), held, now)


def _keep(session: AsyncSession, by: Standing, glance: Glance, held: Held, now: datetime) -> None:
    row = Look(tenant=by.tenant, id=glance.id, block=glance.block, notice=glance.notice, by=by.person)
    row.at, row.received_at = glance.at, now
    session.add(row)
    body = _body(glance, by, held)
    record(session, by.tenant, Change(places.block_scope(glance.block), "looks", glance.id, body))


async def _right(
    session: AsyncSession, by: Standing, block: Block, notice: Notice | None, at: datetime
) -> Held | None:
    """The seat by which they may see these names, now or on that day: the city's where the notice names homes to it."""
    of_city = CITY if notice is not None and naming.names(notice.kind, "city") else frozenset[str]()
    lead = next((held for held in by.seats if held.role == "block-leader" and held.block == block.id), None)
    city = next((held for held in by.seats if held.role in of_city), None)
    now = lead or by.seat_in(block.association) or city
    if now is not None:
        return now
    theirs = and_(Seat.association == block.association, or_(Seat.block == block.id, Seat.role.in_(OFFICERS)))
    mine = (Seat.tenant == by.tenant, Term.person == by.person, or_(theirs, Seat.role.in_(of_city)))
    row = (await session.execute(terms(today(at), *mine).limit(1))).first()
    return None if row is None else Held(*row[1:])


def _insist_on_notice(block: Block, row: Notice | None) -> None:
    direct = row is not None and kinds.direct(row.association, row.kind)
    if row is None or not (direct or row.association == block.association):
        raise NotFound()


async def _just_now(session: AsyncSession, by: Standing, glance: Glance) -> bool:
    near = (Look.at > glance.at - ONE_LOOK) & (Look.at < glance.at + ONE_LOOK)
    query = select(Look.id).where(Look.tenant == by.tenant, Look.block == glance.block, near)
    query = query.where(Look.by == by.person, Look.notice.is_not_distinct_from(glance.notice))
    return await session.scalar(query.limit(1)) is not None


def _body(glance: Glance, by: Standing, held: Held) -> dict[str, Any]:
    return {
        "block": glance.block,
        "notice": glance.notice,
        "at": wire(glance.at),
        "by": {"id": by.person, "name": by.name, "title": held.title},
    }
