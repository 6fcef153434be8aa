"""A push that failed where it was urgent: the person's mail starts at once, in the transaction that learned of it.

What is ordinary waits for its ladder. An emergency does not even wait for the failure to be final.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, and_, exists, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from notices import carried, due, ids
from notices.deliver.claim import Claim
from notices.models import Address, Delivery, Message, NoticeHousehold
from notices.outcomes import Later, Outcome, Transition

CHANNEL: Final = "mail"
_LOST: Final = ("gone", "failed", "quarantined", "unknown")


def is_called_for(claim: Claim, outcome: Outcome, to: Transition) -> bool:
    if claim.channel == CHANNEL or claim.urgency == "ordinary":
        return False
    return to.state in _LOST or (claim.urgency == "emergency" and isinstance(outcome, Later))


async def start(session: AsyncSession, tenant: str, messages: Collection[str], now: datetime) -> None:
    """Plans what is missing: a delivery per live mail address that this revision has none for yet."""
    missing = await _missing(session, tenant, messages)
    if not missing:
        return
    boxes = await _boxes(session, tenant, missing)
    letters: list[dict[str, object]] = []
    deliveries: list[dict[str, object]] = []
    for row in missing:
        key = (row.notice, row.revision, row.household, row.lookup)
        if key not in boxes:
            boxes[key] = ids.new_id()
            letters.append(_letter(tenant, boxes[key], row, now))
        deliveries.append(
            {
                "tenant": tenant,
                "notice": row.notice,
                "revision": row.revision,
                "person": row.person,
                "address": row.address,
                "household": row.household,
                "message": boxes[key],
            }
        )
    if letters:
        await session.execute(insert(Message), letters)
    await session.execute(insert(Delivery), deliveries)
    await _count(session, tenant, missing)
    due.tap(session)


# An emergency goes past some of what stops other mail.
_takes = or_(Address.state == "live", and_(Message.urgency == "emergency", carried.takes_any("emergency")))


async def _missing(session: AsyncSession, tenant: str, messages: Collection[str]) -> Sequence[Row[Any]]:
    """Sorted by notice and household, as ledgers lock them."""
    other = aliased(Delivery)
    there = exists().where(
        other.tenant == Delivery.tenant,
        other.notice == Delivery.notice,
        other.revision == Delivery.revision,
        other.person == Delivery.person,
        other.address == Address.id,
        other.household == Delivery.household,
    )
    query = (
        select(
            Delivery.notice,
            Delivery.revision,
            Delivery.person,
            Delivery.household,
            Address.id.label("address"),
            Address.lane,
            Address.lookup,
            Message.urgency,
        )
        .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
        .join(Address, (Address.tenant == Delivery.tenant) & (Address.person == Delivery.person))
        .where(Delivery.tenant == tenant, Delivery.message.in_(messages))
        .where(Address.channel == CHANNEL, _takes, ~there)
        .distinct()
        .order_by(Delivery.notice, Delivery.household, Delivery.person, Address.id)
    )
    return tuple(await session.execute(query))


async def _boxes(
    session: AsyncSession, tenant: str, missing: Sequence[Row[Any]]
) -> dict[tuple[str, int, str, bytes], str]:
    """(notice, revision, household, mailbox) → the message that somebody else of the home gets there."""
    homes = {(row.notice, row.revision, row.household) for row in missing}
    query = (
        select(Delivery.notice, Delivery.revision, Delivery.household, Address.lookup, Delivery.message)
        .join(Address, (Address.tenant == Delivery.tenant) & (Address.id == Delivery.address))
        .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
        .where(Delivery.tenant == tenant, Address.channel == CHANNEL, Message.state.not_in(_LOST))
        .where(tuple_(Delivery.notice, Delivery.revision, Delivery.household).in_(sorted(homes)))
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in await session.execute(query)}


def _letter(tenant: str, id: str, row: Row[Any], now: datetime) -> dict[str, object]:
    return {
        "tenant": tenant,
        "id": id,
        "person": row.person,
        "address": row.address,
        "channel": CHANNEL,
        "lane": row.lane,
        "urgency": row.urgency,
        "state": "due",
        "due_at": now,
        "attempt": 0,
        "doubts": 0,
        "crashes": 0,
        "created_at": now,
    }


async def _count(session: AsyncSession, tenant: str, missing: Sequence[Row[Any]]) -> None:
    """So many ways more for each household; its ledger is told by the failure that brought us here."""
    ways: dict[tuple[str, str], int] = {}
    for row in missing:
        home = (row.notice, row.household)
        ways[home] = ways.get(home, 0) + 1
    home_row = NoticeHousehold
    for (notice, household), more in sorted(ways.items()):
        rows = update(home_row).where(
            home_row.tenant == tenant, home_row.notice == notice, home_row.household == household
        )
        rows = rows.values(planned=home_row.planned + more, failed=None)
        await session.execute(rows.execution_options(synchronize_session=False))
