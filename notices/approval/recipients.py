"""Whom a notice of the city would reach, as an approver sees it before the press: associations, homes, people, and how."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.circulation import recipients
from notices.models import Household, Notice, Resident
from notices.planning import forecast, ways

Body = dict[str, Any]


async def count(session: AsyncSession, notice: Notice) -> Body:
    """As a notice carries it: associations, people; and of homes, as forecast.of_audience counts them."""
    homes = _homes(notice.tenant, notice.audience)
    about = ways.About(None, notice.topic, notice.urgency)
    whom = await _whom(session, notice.tenant, notice.audience)
    return {**whom, **await forecast.of_homes(session, homes, about)}


async def foresee(
    session: AsyncSession, tenant: str, audience: recipients.Audience, about: ways.About, now: datetime
) -> Body:
    """The same, were it sent now: with `scarce`, where a channel has not enough left of the month."""
    homes = _homes(tenant, audience)
    whom = await _whom(session, tenant, audience)
    return {**whom, **await forecast.of_this_minute(session, homes, about, now)}


async def _whom(session: AsyncSession, tenant: str, audience: recipients.Audience) -> Body:
    chosen = recipients.chosen(tenant, audience)
    return {
        "associations": await session.scalar(chosen.with_only_columns(func.count())) or 0,
        "people": await _people(session, _homes(tenant, audience)),
    }


def _homes(tenant: str, audience: recipients.Audience) -> Sequence[ColumnElement[bool]]:
    theirs = Household.association.in_(recipients.chosen(tenant, audience))
    return Household.tenant == tenant, Household.left_at.is_(None), theirs


async def _people(session: AsyncSession, homes: Sequence[ColumnElement[bool]]) -> int:
    query = (
        select(func.count(Resident.person.distinct()))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Resident.until.is_(None), *homes)
    )
    return await session.scalar(query) or 0
