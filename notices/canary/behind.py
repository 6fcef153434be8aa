"""How far behind the house is with what must leave: what a message of our own, past plan and claim, would never notice.

Three things make a message leave: what is due at a time is done, what is published is planned, what is planned is
claimed. Of each the oldest that is late; what fails is put off again and again, so how often counts too.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.deliver import lanes
from notices.models import City, Due, Lane, Message, Planning
from notices.planning import plan

MOST: Final = 200
"""Rows looked at of those that have failed: any of them is trouble enough."""


class Behind(NamedTuple):
    """`reason`: which of the three, a slug of REASONS."""

    by: timedelta
    reason: str


async def farthest(session: AsyncSession, channels: Collection[str], now: datetime) -> Behind:
    """`channels`: those of this house; what waits for another waits for ever."""
    found = [
        Behind(now - (await _due(session, now) or now), "canary-due"),
        Behind(now - (await _plans(session, now) or now), "canary-plan"),
        Behind(now - (await _claims(session, channels, now) or now), "canary-claim"),
    ]
    return max(found)


async def _due(session: AsyncSession, now: datetime) -> datetime | None:
    late = select(func.min(Due.at)).where(Due.at <= now, Due.tenant.not_in(_held()))
    failing = select(func.min(Due.failing_since)).where(Due.tenant.not_in(_held()))
    found = [await session.scalar(late), await session.scalar(failing)]
    return min((at for at in found if at is not None), default=None)


async def _plans(session: AsyncSession, now: datetime) -> datetime | None:
    """Of those that wait for an officer nobody here is late."""
    row = Planning
    rows = select(row.due_at, row.attempt).where(
        row.closed_at.is_(None), row.stopped.is_(None), row.tenant.not_in(_held())
    )
    due_now = rows.where(row.due_at <= now).order_by(row.due_at).limit(1)
    failed = rows.where(row.attempt > 0).order_by(row.attempt.desc()).limit(MOST)
    found = [*await session.execute(due_now), *await session.execute(failed)]
    return min((at - plan.put_off(attempt) for at, attempt in found), default=None)


async def _claims(session: AsyncSession, channels: Collection[str], now: datetime) -> datetime | None:
    """Of the destinations that are well, and of which nobody has anything in hand. Where many wait at a slow one the
    last that was taken tells how late it is, and not the oldest."""
    of_lane = (Lane.channel == Message.channel) & (Lane.name == Message.lane)
    query = (
        select(Message.channel, Message.lane, func.min(Message.due_at), func.max(Lane.last_ok_at))
        .outerjoin(Lane, of_lane)
        .where(lanes.waits(now), Message.channel.in_(channels))
        .where(func.coalesce(Lane.troubles, 0) == 0, ~func.coalesce(lanes.rests(now), False))
        .group_by(Message.channel, Message.lane)
    )
    hands = select(Message.channel, Message.lane).where(lanes.IN_HAND).distinct()
    busy = {(channel, lane) for channel, lane in await session.execute(hands)}
    late = [
        max(oldest, taken or oldest)
        for channel, lane, oldest, taken in await session.execute(query)
        if oldest is not None and (channel, lane) not in busy
    ]
    return min(late, default=None)


def _held() -> Select[str]:
    return select(City.tenant).where(City.on_hold.is_(True))
