"""Which associations a circular is for."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.circulation.errors import AssociationForeign, AssociationMissing
from notices.models import Association, Household

Audience = Mapping[str, object]


def chosen(tenant: str, audience: Audience) -> Select[str]:
    """Ids of those that are there today."""
    return named(tenant, audience).where(Association.ended_at.is_(None))


def named(tenant: str, audience: Audience) -> Select[str]:
    """The same, and those that have ended."""
    query = select(Association.id).where(Association.tenant == tenant)
    if isinstance(named := audience.get("associations"), list):
        return query.where(Association.id.in_([str(each) for each in named]))
    if isinstance(districts := audience.get("districts"), list):
        return query.where(Association.district.in_([str(each) for each in districts]))
    return query


async def insist(session: AsyncSession, tenant: str, audience: Audience) -> None:
    """Raises AssociationMissing where nothing is chosen, AssociationForeign for what is not of this city."""
    for name, column in (("associations", Association.id), ("districts", Association.district)):
        wanted = audience.get(name)
        if not isinstance(wanted, list):
            continue
        if not wanted:
            raise AssociationMissing()
        if name == "associations" and not all(ids.is_id(each) for each in wanted):
            raise AssociationForeign()
        there = chosen(tenant, audience).with_only_columns(func.count(column.distinct()))
        if await session.scalar(there) != len(set(map(str, wanted))):
            raise AssociationForeign()


async def forecast(session: AsyncSession, tenant: str, audience: Audience) -> dict[str, Any]:
    """How many associations it goes to, how many of them pass it on by themselves, and how many homes stand behind."""
    associations = chosen(tenant, audience)
    of_itself = func.count().filter(Association.forwards_by_itself)
    count = await session.execute(associations.with_only_columns(func.count(), of_itself))
    total, by_themselves = count.one()
    homes = select(func.count()).select_from(Household)
    homes = homes.where(Household.tenant == tenant, Household.left_at.is_(None))
    homes = homes.where(Household.association.in_(associations))
    return {
        "associations": total,
        "byThemselves": by_themselves,
        "households": await session.scalar(homes) or 0,
    }
