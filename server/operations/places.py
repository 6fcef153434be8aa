"""Which association, which person an operator means by what was typed."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Association, City, Household, Person, Resident
from notices.roster.rows import same, same_number
from server.processes.admin import Refused


async def association(session: AsyncSession, slug: str, city: str | None) -> Association:
    """Raises Refused where there is none, or one in several cities."""
    query = select(Association).where(Association.slug == slug, Association.ended_at.is_(None))
    if city:
        query = query.where(Association.tenant == city)
    found = (await session.scalars(query)).all()
    if len(found) == 1:
        return found[0]
    if found:
        cities = ", ".join(sorted(row.tenant for row in found))
        raise Refused(f"Several cities have an association {slug!r}: add --city with one of {cities}.")
    known = sorted((await session.scalars(select(Association.slug))).all())
    raise Refused(f"There is no association {slug!r}. There is: {', '.join(known) or 'none yet'}.")


async def cities(session: AsyncSession, city: str | None) -> list[City]:
    """All, or the one named. Raises Refused where there is none."""
    query = select(City).order_by(City.tenant)
    if city:
        query = query.where(City.tenant == city)
    found = list(await session.scalars(query))
    if not found:
        raise Refused(f"There is no city {city!r} here." if city else "There is no city yet: `kairan init`.")
    return found


async def resident(session: AsyncSession, place: Association, named: str) -> Person:
    """By 住民番号 or by name, among those who live there. Raises Refused where it is nobody or several."""
    query = (
        select(Person, Household.name)
        .join(Resident, (Resident.tenant == Person.tenant) & (Resident.person == Person.id))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Person.tenant == place.tenant, Household.association == place.id)
        .where(Person.ended_at.is_(None), Resident.until.is_(None), Household.left_at.is_(None))
    )
    rows = (await session.execute(query)).all()
    by_number = {
        row.id: row for row, _ in rows if row.number and same_number(row.number) == same_number(named)
    }
    by_name = {row.id: row for row, _ in rows if same(row.name) == same(named)}
    meant = by_number or by_name
    if len(meant) == 1:
        return next(iter(meant.values()))
    if not meant:
        raise Refused(f"Nobody called {named!r}, and no number {named!r}, lives in {place.name}.")
    numbers = ", ".join(sorted(row.number or "no number" for row in meant.values()))
    raise Refused(f"{len(meant)} people are called {named!r}: give the number instead ({numbers}).")
