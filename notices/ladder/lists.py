"""How many homes wait at the end of the ladder: on the walking lists, and for the president and the city."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.ladder.beginning import unproven
from notices.models import Block, Household, Notice, NoticeHousehold


async def counts(
    session: AsyncSession, notice: Notice, blocks: Collection[str] | None = None
) -> dict[str, int]:
    """`atTheDoor`: to be told at the door; `residual`, of these: nobody brought a proof from there either."""
    row = NoticeHousehold
    query = select(func.count(row.door_at), func.count(row.residual_at)).where(
        row.tenant == notice.tenant, row.notice == notice.id, unproven(notice)
    )
    if blocks is not None:
        query = query.where(row.block.in_(blocks))
    doors, residual = (await session.execute(query)).one()
    return {"atTheDoor": doors, "residual": residual}


async def residual(session: AsyncSession, notice: Notice, blocks: Collection[str]) -> Mapping[str, int]:
    """Block → how many homes of it are left at the end of the ladder; a block without any is not in it."""
    row = NoticeHousehold
    query = (
        select(row.block, func.count())
        .where(row.tenant == notice.tenant, row.notice == notice.id, row.block.in_(blocks))
        .where(row.residual_at.is_not(None), unproven(notice))
        .group_by(row.block)
    )
    return {block: count for block, count in await session.execute(query)}


async def left(session: AsyncSession, notice: Notice, *, since: datetime | None = None) -> Mapping[str, int]:
    """Association → how many of its homes are left at the end of the ladder, of those where somebody lives. `since`: of
    associations only where one has come to it since then; the counts are of all.
    """
    row = NoticeHousehold
    query = (
        select(Block.association, func.count(), func.max(row.residual_at))
        .select_from(row)
        .join(Block, (Block.tenant == row.tenant) & (Block.id == row.block))
        .join(Household, (Household.tenant == row.tenant) & (Household.id == row.household))
        .where(row.tenant == notice.tenant, row.notice == notice.id, Household.left_at.is_(None))
        .where(row.residual_at.is_not(None), unproven(notice))
        .group_by(Block.association)
    )
    found = (await session.execute(query)).all()
    return {
        association: count
        for association, count, last in found
        if since is None or (last is not None and last >= since)
    }
