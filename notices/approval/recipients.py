"""Whom a notice of the city would reach, as an approver sees it before the press: associations, homes, people, and how."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Association, Household, Notice, Resident
from notices.planning import forecast, ways


def associations_of(audience: Mapping[str, object]) -> Sequence[str] | None:
    """Those that a notice of the city is for; None means all."""
    chosen = audience.get("associations")
    return [str(each) for each in chosen] if isinstance(chosen, list) else None


async def count(session: AsyncSession, notice: Notice) -> dict[str, int]:
    """As of now. associations, people; and of homes, as forecast.of_audience counts them."""
    chosen = associations_of(notice.audience)
    homes = [Household.tenant == notice.tenant, Household.left_at.is_(None)]
    if chosen is not None:
        homes.append(Household.association.in_(chosen))
    about = ways.About(None, notice.topic, notice.urgency)
    return {
        "associations": await _associations(session, notice.tenant, chosen),
        "people": await _people(session, homes),
        **await forecast.of_homes(session, homes, about),
    }


async def _associations(session: AsyncSession, tenant: str, chosen: Sequence[str] | None) -> int:
    query = select(func.count()).where(Association.tenant == tenant, Association.ended_at.is_(None))
    return await session.scalar(query if chosen is None else query.where(Association.id.in_(chosen))) or 0


async def _people(session: AsyncSession, homes: Sequence[ColumnElement[bool]]) -> int:
    query = (
        select(func.count(Resident.person.distinct()))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Resident.until.is_(None), *homes)
    )
    return await session.scalar(query) or 0
