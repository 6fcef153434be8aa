"""A safety check ends: its list is exported, and what is answered after that is taken all the same, marked as late."""

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.alarm.kinds import SAFETY_CHECK
from notices.errors import WrongState
from notices.ledger import reach
from notices.models import Notice
from notices.records import placing
from notices.safety.safety_errors import NoSafetyAsked
from notices.town.standing import Standing

OUT: Final = ("published", "expired")
"""The states in which a check is seen on boards: one whose time is over has ended, and is answered late."""


async def close(session: AsyncSession, by: Standing, notice: Notice, now: datetime) -> None:
    """By who speaks for its sender. Closing twice closes once. Raises NoSafetyAsked, WrongState."""
    if notice.kind != SAFETY_CHECK:
        raise NoSafetyAsked()
    if notice.state not in OUT:
        raise WrongState(state=notice.state)
    if notice.closed_at is not None:
        return
    notice.closed_at = now
    await placing.place(session, notice)
    await reach.changed(session, notice.tenant, notice.id, now)
    await audit.write(session, by.tenant, by.person, "safety.close", notice.id, {}, now)
