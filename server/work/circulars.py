"""The city's circulars among the work that is due: forwarded by themselves, followed, counted, told to officers again."""

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.circulation import counting, following, forwarding, nudges, sending
from notices.models import Due, Notice
from notices.publishing import amend, publish

KINDS: Final = frozenset({sending.FORWARD, following.FOLLOW, counting.TALLY, nudges.NUDGE})
AT_ONCE: Final = 50
"""Ledgers counted in one transaction."""


async def do(session: AsyncSession, piece: Due, now: datetime) -> None:
    """Of a piece that was taken."""
    if piece.kind == sending.FORWARD:
        circular, _, association = piece.subject.partition(".")
        await forwarding.by_itself(session, piece.tenant, circular, association, now)
    elif piece.kind == following.FOLLOW:
        await following.follow(session, piece.tenant, piece.subject, now)
    elif piece.kind == nudges.NUDGE:
        await nudges.nudge(session, piece.tenant, piece.subject, now)
    else:
        alike = await due.take_alike(session, piece, now, AT_ONCE)
        await counting.tally(session, piece.tenant, {piece.subject, *alike})


async def release(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """The hold of a notice is over, whoever's it is. A copy that does not go out after all is none."""
    if notice.association is None:
        await sending.go_out(session, notice, now)
        return
    await publish.publish(session, notice, now)
    if notice.circular is not None and notice.state == "draft":
        await forwarding.took_back(session, notice, now)


async def expire(session: AsyncSession, notice: Notice, now: datetime) -> None:
    await amend.expire(session, notice, now)
    if notice.association is None and notice.state == "expired":
        await following.ended(session, notice)
