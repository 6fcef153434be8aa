"""What the city has put on each association and block this month, told before more is put on them."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm.kinds import ALARMS
from notices.models import Association, Block, Household, Notice
from notices.records import audience as places
from notices.tokyo import midnight, today

Body = dict[str, Any]


async def of_month(session: AsyncSession, tenant: str, now: datetime) -> list[Body]:
    """Per association, by name: how many of the city's it passed on and of its own it sent since the first of the month, and
    the blocks that got more than the association as a whole, with how many each.
    """
    since = midnight(today(now).replace(day=1))
    homes = await _homes(session, tenant)
    whole, parts = await _sent(session, tenant, since)
    names = await _names(session, tenant, parts)
    query = select(Association).where(Association.tenant == tenant, Association.ended_at.is_(None))
    return [
        {
            "association": row.id,
            "name": row.name,
            "district": row.district,
            "forwardsByItself": row.forwards_by_itself,
            "households": homes.get(row.id, 0),
            "city": whole[row.id, True],
            "own": whole[row.id, False],
            "blocks": [
                {"block": block, "name": names[block], "notices": count + sum_of(whole, row.id)}
                for block, count in sorted(parts[row.id].items())
                if block in names
            ],
        }
        for row in await session.scalars(
            query.order_by(Association.district, Association.name, Association.id)
        )
    ]


def sum_of(whole: Mapping[tuple[str, bool], int], association: str) -> int:
    return whole.get((association, True), 0) + whole.get((association, False), 0)


async def _homes(session: AsyncSession, tenant: str) -> dict[str, int]:
    query = select(Household.association, func.count()).where(
        Household.tenant == tenant, Household.left_at.is_(None)
    )
    return {id: count for id, count in await session.execute(query.group_by(Household.association))}


async def _sent(
    session: AsyncSession, tenant: str, since: datetime
) -> tuple[Counter[tuple[str, bool]], dict[str, Counter[str]]]:
    """→ (association, whether of the city) → notices to all of it; association → block → notices to that block alone."""
    whole: Counter[tuple[str, bool]] = Counter()
    parts: dict[str, Counter[str]] = defaultdict(Counter)
    query = select(Notice.association, Notice.circular.is_not(None), Notice.audience).where(
        Notice.tenant == tenant, Notice.published_at >= since, Notice.association.is_not(None)
    )
    # What sounds when it must, and the trying of it, is nothing an association could have spared its homes.
    query = query.where(Notice.kind.not_in(ALARMS))
    for association, citys, audience in await session.execute(query):
        assert association is not None
        blocks = places.blocks_of(audience)
        if blocks is None:
            whole[association, bool(citys)] += 1
        else:
            parts[association].update(blocks)
    return whole, parts


async def _names(session: AsyncSession, tenant: str, parts: Mapping[str, Counter[str]]) -> dict[str, str]:
    wanted = [association for association in parts]
    query = select(Block.id, Block.name).where(
        Block.tenant == tenant, Block.association.in_(wanted), Block.ended_at.is_(None)
    )
    return {id: name for id, name in await session.execute(query)}
