"""Who works at the city hall, and who stands for it where nobody has pressed anything."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Seat, Term
from notices.town.standing import CITY, Standing, runs, standing


def who_works_there(tenant: str, now: datetime) -> Select[str]:
    """Clerks and approvers of today."""
    return (
        select(Term.person)
        .join(Seat, (Seat.tenant == Term.tenant) & (Seat.id == Term.seat))
        .where(Term.tenant == tenant, Seat.role.in_(CITY), Seat.ended_at.is_(None), runs(now))
    )


async def first_clerk(session: AsyncSession, tenant: str, now: datetime) -> Standing | None:
    """The clerk who has been there longest: in whose name it is what comes in by itself."""
    query = (
        select(Term.person)
        .join(Seat, (Seat.tenant == Term.tenant) & (Seat.id == Term.seat))
        .where(Term.tenant == tenant, Seat.role == "clerk", Seat.ended_at.is_(None), runs(now))
        .order_by(Term.begins, Term.id)
        .limit(1)
    )
    person = await session.scalar(query)
    return None if person is None else await standing(session, tenant, person, now)
