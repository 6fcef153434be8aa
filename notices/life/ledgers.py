"""What is out, and homes that move in the middle of it: rows keep block and place, and say where the home is now."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm.kinds import PROVEN
from notices.ledger import reach
from notices.models import MergedHome, Notice, NoticeHousehold

_IN: Final = 500
_row = NoticeHousehold


async def moved(session: AsyncSession, tenant: str, households: Collection[str], now: datetime) -> None:
    """These left their block, or came back to it: the copies of leaders and officers are due."""
    ids = sorted(households)
    for start in range(0, len(ids), _IN):
        query = (
            select(_row.notice, _row.block)
            .join(Notice, (Notice.tenant == _row.tenant) & (Notice.id == _row.notice))
            .where(_row.tenant == tenant, _row.household.in_(ids[start : start + _IN]))
            .where(Notice.state == "published", Notice.kind.in_(PROVEN))
            .distinct()
        )
        for notice, block in (await session.execute(query)).all():
            await reach.changed(session, tenant, notice, now, [block])


async def returned(session: AsyncSession, tenant: str, households: Collection[str]) -> None:
    """These live again, by an officer's press or by a roster: those that had become a part of another read for themselves."""
    ids = sorted(households)
    for start in range(0, len(ids), _IN):
        await session.execute(
            delete(MergedHome).where(
                MergedHome.tenant == tenant, MergedHome.household.in_(ids[start : start + _IN])
            )
        )
