"""Whether anything of a notice is still to be sent."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Delivery, Message, Planning


async def finished(session: AsyncSession, tenant: str, notice: str) -> bool:
    """The planning is closed and no delivery is open: a count, never "the next batch was empty"."""
    planning = select(func.count()).select_from(Planning)
    planning = planning.where(
        Planning.tenant == tenant, Planning.notice == notice, Planning.closed_at.is_(None)
    )
    if await session.scalar(planning):
        return False
    open_ = (
        select(func.count())
        .select_from(Delivery)
        .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
        .where(Delivery.tenant == tenant, Delivery.notice == notice)
        .where(Message.state.in_(("due", "sending", "later")))
    )
    return not await session.scalar(open_)
