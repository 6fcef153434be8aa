"""What there is, for an operator who looks: associations, and who holds which seat."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Association, Block, Person, Seat, Term
from notices.tokyo import today
from notices.town import founding
from server.operations import clerks as of_city
from server.operations import places

Row = dict[str, Any]


async def associations(session: AsyncSession, city: str | None, now: datetime) -> list[Row]:
    query = select(Association).where(Association.ended_at.is_(None))
    if city:
        query = query.where(Association.tenant == city)
    rows = (await session.scalars(query.order_by(Association.tenant, Association.slug))).all()
    return [
        {
            "city": row.tenant,
            "slug": row.slug,
            "name": row.name,
            "district": row.district,
            "officers": len({one[0] for one in await founding.officers(session, row.tenant, row.id, now)}),
        }
        for row in rows
    ]


async def clerks(session: AsyncSession, city: str | None, now: datetime) -> list[Row]:
    """A row per term of the city's own seats that runs or is to come."""
    rows: list[Row] = []
    for each in await places.cities(session, city):
        for held in await of_city.held(session, each.tenant, today(now)):
            days = {"begins": held.begins.isoformat(), "ends": held.ends.isoformat() if held.ends else None}
            rows.append(
                {"city": each.tenant, "role": held.role, "title": held.title, "person": held.name} | days
            )
    return rows


async def seats(session: AsyncSession, place: Association, now: datetime) -> list[Row]:
    """A row per term that runs or is to come; an empty seat has one row without a person."""
    running = or_(Term.ends.is_(None), Term.ends > today(now))
    query = (
        select(Seat.role, Seat.title, Block.name, Person.name, Term.begins, Term.ends)
        .outerjoin(Block, (Block.tenant == Seat.tenant) & (Block.id == Seat.block))
        .outerjoin(Term, (Term.tenant == Seat.tenant) & (Term.seat == Seat.id) & running)
        .outerjoin(Person, (Person.tenant == Term.tenant) & (Person.id == Term.person))
        .where(Seat.tenant == place.tenant, Seat.association == place.id, Seat.ended_at.is_(None))
        .order_by(Seat.role.desc(), Block.position, Seat.id, Term.begins)
    )
    return [
        {
            "role": role,
            "title": title,
            "block": block,
            "person": person,
            "begins": begins.isoformat() if begins else None,
            "ends": ends.isoformat() if ends else None,
        }
        for role, title, block, person, begins, ends in await session.execute(query)
    ]
