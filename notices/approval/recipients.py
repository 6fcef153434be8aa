"""Whom a notice of the city would reach, as an approver sees it before the press: associations, homes, people, and how."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.circulation import recipients
from notices.models import Household, Notice, Resident
from notices.planning import forecast, ways


async def count(session: AsyncSession, notice: Notice) -> dict[str, int]:
    """As of now."""
    about = ways.About(None, notice.topic, notice.urgency)
    return await foresee(session, notice.tenant, notice.audience, about)


async def foresee(
    session: AsyncSession, tenant: str, audience: recipients.Audience, about: ways.About
) -> dict[str, int]:
    """associations, people; and of homes, as forecast.of_audience counts them."""
    chosen = recipients.chosen(tenant, audience)
    homes = [Household.tenant == tenant, Household.left_at.is_(None)]
    homes.append(Household.association.in_(chosen))
    return {
        "associations": await session.scalar(chosen.with_only_columns(func.count())) or 0,
        "people": await _people(session, homes),
        **await forecast.of_homes(session, homes, about),
    }


async def _people(session: AsyncSession, homes: Sequence[ColumnElement[bool]]) -> int:
    query = (
        select(func.count(Resident.person.distinct()))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Resident.until.is_(None), *homes)
    )
    return await session.scalar(query) or 0
