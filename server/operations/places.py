"""Which association, which city an operator means by what was typed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Association, City
from notices.town import founding
from server.house import House
from server.processes.admin import Progress, Refused, Result


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


async def set_district(house: House, args: Mapping[str, Any], _progress: Progress) -> Result:
    """{association, city?, district}. → {association, district, others: how many more lie there}."""
    async with house.db.write() as session:
        place = await association(session, args["association"], args.get("city"))
        await founding.lies_in(session, house.keys.vault, place, args["district"], house.clock())
        others = select(func.count()).where(
            Association.tenant == place.tenant,
            Association.district == place.district,
            Association.id != place.id,
            Association.ended_at.is_(None),
        )
        count = await session.scalar(others) if place.district else 0
    return {"association": place.name, "district": place.district, "others": count}
