"""A safety check ends: its list is exported, and what is answered after that is taken all the same, marked as late."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.alarm.kinds import SAFETY_CHECK
from notices.ledger import reach
from notices.models import Notice
from notices.publishing import life
from notices.records import placing
from notices.safety.safety_errors import NoSafetyAsked
from notices.town.standing import Standing


async def close(session: AsyncSession, by: Standing, notice: Notice, now: datetime) -> None:
    """By who speaks for its sender. Closing twice closes once. Raises NoSafetyAsked, WrongState."""
    if notice.kind != SAFETY_CHECK:
        raise NoSafetyAsked()
    life.after(notice.state, "close")
    if notice.closed_at is not None:
        return
    notice.closed_at = now
    await placing.place(session, notice)
    await reach.changed(session, notice.tenant, notice.id, now)
    await audit.write(session, by.tenant, by.person, "safety.close", notice.id, {}, now)
