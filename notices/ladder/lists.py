"""How many homes wait at the end of the ladder: on the walking lists, and for the president and the city."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.ladder.beginning import unproven
from notices.models import Notice, NoticeHousehold


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
