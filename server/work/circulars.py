"""The city's circulars among the work that is due: forwarded by themselves, followed, counted, told to officers again."""

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm import kinds
from notices.circulation import counting, following, forwarding, nudges, sending
from notices.models import Due, Notice
from notices.publishing import amend, publish
from server.house import House

KINDS: Final = frozenset({sending.FORWARD, following.FOLLOW, nudges.NUDGE})


async def do(session: AsyncSession, piece: Due, now: datetime) -> None:
    """Of a piece that was taken."""
    if piece.kind == sending.FORWARD:
        circular, _, association = piece.subject.partition(".")
        await forwarding.by_itself(session, piece.tenant, circular, association, now)
    elif piece.kind == following.FOLLOW:
        await following.follow(session, piece.tenant, piece.subject, now)
    elif piece.kind == nudges.NUDGE:
        await nudges.nudge(session, piece.tenant, piece.subject, now)


async def tally(house: House, piece: Due, now: datetime) -> bool:
    """Counts all that is due of its circular. False for another kind of work."""
    if piece.kind != counting.TALLY:
        return False
    async with house.db.write() as session:
        await counting.tally(session, piece.tenant, piece.subject.partition(".")[0], now)
    return True


async def release(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """The hold of a notice is over, whoever's it is. A copy that does not go out after all is none."""
    if notice.association is None and notice.kind not in kinds.ALARMS:
        await sending.go_out(session, notice, now)
        return
    await publish.publish(session, notice, now)
    if notice.circular is not None and notice.state == "draft":
        await forwarding.took_back(session, notice, now)


async def expire(session: AsyncSession, notice: Notice, now: datetime) -> None:
    over = await amend.expire(session, notice, now)
    if over and notice.association is None and notice.kind not in kinds.ALARMS:
        await following.ended(session, notice, now)
