"""Whose hand was last on a notice, told to the colleagues who may work on it as well: two people who meet over a draft
are told of each other by name and time. Nobody else is told, and nothing is kept for it: it is read from the record of deeds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.models import Notice
from notices.tokyo import wire
from notices.town.standing import Standing, standing

_DEEDS: Final[Mapping[str, str]] = {
    "notice.correct": "changed",
    "circular.correct": "changed",
    "notice.publish": "sent",
    "approval.asked": "sent",
    "notice.undo": "takenBack",
    "notice.withdraw": "thrown",
}


async def last_hand_on(
    session: AsyncSession, notice: Notice, reader: Standing, now: datetime
) -> Mapping[str, Any] | None:
    """`deed`: changed, sent, takenBack or thrown; `title`: of the seat held today. None: nobody lately, or who is forgotten."""
    deed = await audit.newest(session, notice.tenant, notice.id, _DEEDS)
    if deed is None or deed.actor is None:
        return None
    who = await standing(session, notice.tenant, deed.actor, now)
    if who is None or not who.name:
        return None
    seat = who.clerk if notice.association is None else who.seat_in(notice.association)
    return {
        "deed": _DEEDS[deed.action],
        "own": who.person == reader.person,
        "name": who.name,
        "title": "" if seat is None else seat.title,
        "at": wire(deed.at),
    }
