"""ONE WAY IN for everything that comes back, whoever brought it: our own listener, or a provider's webhook.

Which message it is has been proved before (return_path.py, or the secret of the webhook). A report is taken once,
of a message that is young enough; what it says of the mailbox counts by the rules, what it says of the message goes
into the ledger. Nothing here, and nobody who calls it, ever answers a mail.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import CursorResult, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from notices import due
from notices.bounces import counting
from notices.bounces.reading import UNDELIVERED, Kind, Report
from notices.bounces.rules import TAKEN_BACK, Failure
from notices.ladder import beginning
from notices.ledger import reach
from notices.models import Bounce, City, Delivery, Message
from notices.town.address_errors import BounceTooSoon

OLDEST: Final = timedelta(days=14)
"""Servers give up after five days; what comes later is a replay, or a mailbox that is being emptied."""

Word = Kind | Literal["unknown-message", "old", "replayed"]
"""What it was: one of the kinds, or why nothing was made of it."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A report of one message. `at`: when it failed, where the bringer knows."""

    tenant: str
    message: str
    report: Report
    at: datetime | None = None


async def find(session: AsyncSession, message: str) -> tuple[str, str] | None:
    """→ (tenant, message id) of a Message-ID that a provider gives back."""
    tenants = (await session.scalars(select(City.tenant))).all()
    query = select(Message.tenant).where(Message.tenant.in_(tenants), Message.id == message)
    tenant = await session.scalar(query)
    return (tenant, message) if tenant is not None else None


async def ingest(session: AsyncSession, returned: Returned, now: datetime) -> Word:
    """Raises BounceTooSoon while a worker has the message in its hands."""
    kind = returned.report.kind
    if kind not in UNDELIVERED and kind != "complaint":
        return kind
    key = (returned.tenant, returned.message)
    message = await session.get(Message, key, with_for_update=True, populate_existing=True)
    if message is None or message.channel != "mail":
        return "unknown-message"
    if message.state == "sending":
        # A report can be faster than the note that its message left. Whoever brings it comes again.
        raise BounceTooSoon()
    at = min(returned.at or now, now)
    if now - (message.settled_at or message.created_at) > OLDEST or now - at > OLDEST:
        return "old"
    if not await _first(session, returned, message, at, now):
        return "replayed"
    if (failure := _failure(kind)) is not None:
        await counting.count(session, message.tenant, message.address, failure, at, now)
    if kind in UNDELIVERED:
        await _take_back(session, message, returned.report, now)
    return kind


async def _first(
    session: AsyncSession, returned: Returned, message: Message, at: datetime, now: datetime
) -> bool:
    row = due.upsert(session, Bounce.__table__).values(
        tenant=message.tenant,
        message=message.id,
        kind=returned.report.kind,
        address=message.address,
        status=returned.report.status,
        at=at,
        received_at=now,
    )
    written = await session.execute(row.on_conflict_do_nothing())
    return isinstance(written, CursorResult) and written.rowcount > 0


def _failure(kind: Kind) -> Failure | None:
    return kind if kind in ("hard", "soft", "complaint") else None


async def _take_back(session: AsyncSession, message: Message, report: Report, now: datetime) -> None:
    if message.state not in TAKEN_BACK:
        return
    tenant, ways_counted = message.tenant, message.state != "unknown"
    message.state, message.reason = "failed", report.reason
    message.code, message.due_at, message.settled_at = report.code, None, now
    await session.flush()
    if ways_counted:
        await reach.failed(session, tenant, [message.id], report.reason, now)
    for notice, homes in sorted((await _empty_handed(session, message)).items()):
        await reach.came_back(session, tenant, notice, homes, report.reason, now)
    await beginning.fall(session, tenant, [message.id], now)


async def _empty_handed(session: AsyncSession, message: Message) -> dict[str, list[str]]:
    """Notice → the homes this message was for, where nobody was handed it in another way."""
    other = aliased(Delivery)
    in_hands = exists().where(
        other.tenant == Delivery.tenant,
        other.notice == Delivery.notice,
        other.household == Delivery.household,
        Message.tenant == other.tenant,
        Message.id == other.message,
        Message.state == "sent",
    )
    query = select(Delivery.notice, Delivery.household).where(
        Delivery.tenant == message.tenant, Delivery.message == message.id, ~in_hands
    )
    homes: dict[str, list[str]] = defaultdict(list)
    for notice, household in await session.execute(query.distinct()):
        homes[notice].append(household)
    return homes
