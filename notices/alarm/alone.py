"""THE WAY OUT AT NIGHT: an emergency that nobody answers goes out all the same, by whoever asked, with a reason.

All who work for the city are told at once, it is on record, and whoever approves late finds it gone.
"""

import math
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.alarm import sending
from notices.alarm import telling as waits
from notices.alarm.alarm_errors import AloneNotAllowed, AloneReasonMissing, AloneTooSoon
from notices.approval import asking, deciding, records, telling
from notices.errors import NotAllowed
from notices.models import Approval, City, Notice
from notices.publishing.compose import checked_body
from notices.records import projection
from notices.tokyo import today
from notices.town.standing import Standing

REASON_LENGTH: Final = 500
LONGEST: Final = 60
"""Minutes; a city that wants to wait longer wants no way out."""


async def go(
    session: AsyncSession, by: Standing, notice: str, revision: int, reason: str, now: datetime
) -> Approval:
    """Raises NotFound, AlreadyDecided, ApprovalOld, AloneNotAllowed, AloneTooSoon, AloneReasonMissing, and what sending does."""
    text = reason.strip()
    if not text or len(text) > REASON_LENGTH:
        raise AloneReasonMissing(most=REASON_LENGTH)
    checked_body(text)
    row, letter = await insist(session, by, notice, revision, now)
    await deciding.decide_alone(session, by, row, text, now)
    await sending.approved(session, letter, now)
    await records.keep(session, letter, row)
    others = await asking.others(session, by.tenant, by.person, now)
    await telling.tell(session, row, telling.ALONE, list(others), now)
    return row


async def insist(
    session: AsyncSession, by: Standing, notice: str, revision: int, now: datetime
) -> tuple[Approval, Notice]:
    """That they may, before they are asked to prove themselves."""
    row, letter = await deciding.awaiting(session, by, notice, revision, "alone")
    waits = await records.alone_after(session, letter, row.asked_at)
    if row.asked_by != by.person or by.clerk is None or not waits:
        raise AloneNotAllowed()
    if now < records.alone_at(row.asked_at, waits):
        raise AloneTooSoon(minutes=waits)
    return row, letter


async def choose(session: AsyncSession, by: Standing, after: int, now: datetime) -> None:
    """The setting of the city. `after`: minutes; 0 closes the way out. A longer wait holds at once; a shorter one for what is
    asked from the next day on, so that nobody opens it for themselves. Everybody else at the city hall hears of it."""
    if by.clerk is None:
        raise NotAllowed()
    city = await session.get_one(City, by.tenant, with_for_update=True)
    before, day = records.alone_minutes(city, now), today(now)
    chosen = city.alone_minutes
    looser = _wait(after) < _wait(before)
    holds_from = day + timedelta(days=1) if looser else None
    detail = {"from": before, "to": after, "holds": (holds_from or day).isoformat()}
    await audit.write(session, by.tenant, by.person, "alarm.alone", city.id, detail, now)
    city.alone_minutes, city.alone_before, city.alone_from = after, before if looser else None, holds_from
    if after != chosen:
        await waits.tell(session, by.tenant, by.person, now)
    await projection.city(session, city)


def _wait(minutes: int) -> float:
    return minutes or math.inf
