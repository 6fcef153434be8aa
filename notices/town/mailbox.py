"""What the owner of a mailbox says by the link in a mail: no more, not about this, or again.

A mailbox, not a person: couples share one, and whoever reads there may say so for it. The right to do it is the link.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import NotFound, TopicUnknown
from notices.models import Address
from notices.planning.carried import BY_ITS_OWNER, COMPLAINED, STOPPED, STOPPED_WHOLLY
from notices.publishing.compose import TOPICS

Wish = Literal["topic", "all", "wholly", "again"]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`stopped`: everything but emergencies; `wholly`: these too. `topics`: what else is not wanted."""

    stopped: bool
    wholly: bool
    topics: Sequence[str]


async def look(session: AsyncSession, tenant: str, address: str) -> Mailbox:
    """Raises NotFound."""
    row = await session.get(Address, (tenant, address))
    if row is None or row.channel != "mail":
        raise NotFound()
    return Mailbox(
        stopped=row.state == "off" or (row.state, row.reason) == ("suppressed", COMPLAINED),
        wholly=(row.state, row.reason) == ("off", STOPPED_WHOLLY),
        topics=tuple(row.stopped_topics or ()),
    )


async def wish(
    session: AsyncSession, tenant: str, address: str, wanted: Wish, topic: str | None, now: datetime
) -> None:
    """Raises NotFound, TopicUnknown. The same wish again does no harm."""
    rows = await _rows(session, tenant, address)
    if not rows:
        raise NotFound()
    if wanted == "topic" and topic not in TOPICS:
        raise TopicUnknown()
    for row in rows:
        if wanted == "topic":
            row.stopped_topics = sorted({*(row.stopped_topics or ()), str(topic)})
        elif wanted == "again":
            _open(row, now)
        else:
            _close(row, STOPPED_WHOLLY if wanted == "wholly" else STOPPED, now)


async def _rows(session: AsyncSession, tenant: str, address: str) -> Sequence[Address]:
    box = select(Address.lookup).where(Address.tenant == tenant, Address.id == address).scalar_subquery()
    query = select(Address).where(Address.tenant == tenant, Address.lookup == box, Address.channel == "mail")
    return (await session.scalars(query.order_by(Address.id).with_for_update())).all()


def _close(row: Address, reason: str, now: datetime) -> None:
    # What the roster replaced, or removed, is off for another reason, and stays so.
    if row.state in ("live", "suppressed") or row.reason in BY_ITS_OWNER:
        row.state, row.reason, row.changed_at = "off", reason, now


def _open(row: Address, now: datetime) -> None:
    """Only what its reader closed: a mailbox that nobody has does not come to life by a press."""
    row.stopped_topics = None
    closed = row.state == "off" and row.reason in BY_ITS_OWNER
    if closed or (row.state, row.reason) == ("suppressed", COMPLAINED):
        row.state, row.reason, row.suppressed_at, row.changed_at = "live", None, None, now
