"""A message that failed where it is urgent: the person's next channel starts at once, in the transaction that learned of it.

What is ordinary goes on by its ladder. An emergency does not even wait for the failure to be final.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.deliver.in_hand import Claim
from notices.ladder import steps
from notices.models import Address, Delivery, Message, Notice
from notices.outcomes import Later, Outcome, Transition
from notices.planning import messages
from notices.planning.recipients import firsts, targets
from notices.planning.sharing import Target

_LOST: Final = ("gone", "failed", "quarantined", "unknown")
_Plan = tuple[str, int]
"""A notice and its revision."""


def is_called_for(claim: Claim, outcome: Outcome, to: Transition) -> bool:
    if claim.urgency == "ordinary":
        return False
    return to.state in _LOST or (claim.urgency == "emergency" and isinstance(outcome, Later))


async def start(session: AsyncSession, tenant: str, failed: Collection[str], now: datetime) -> None:
    """Of these messages: for whom they were, and where these people have not been told the same yet."""
    for (id, revision), lost in sorted((await _lost(session, tenant, failed)).items()):
        notice = await session.get(Notice, (tenant, id))
        if notice is None or notice.state != "published":
            continue
        homes = sorted({household for household, _ in lost})
        had, boxes = await _had(session, notice, revision, homes)
        told: dict[str, Sequence[Target]] = {}
        for home, here in (await targets(session, notice, homes, now)).items():
            left = [each for each in here if each.takes and (home, each.person) in lost]
            left = [each for each in left if (home, each.person, each.address) not in had]
            told[home] = firsts([each for each in left if (home, each.lookup) not in boxes], notice)
        await messages.make(session, notice, revision, steps.FIRST, told, now)
        due.tap(session)


async def _lost(
    session: AsyncSession, tenant: str, failed: Collection[str]
) -> Mapping[_Plan, Collection[tuple[str, str]]]:
    """→ (household, person)s."""
    query = select(Delivery.notice, Delivery.revision, Delivery.household, Delivery.person)
    query = query.where(Delivery.tenant == tenant, Delivery.message.in_(failed))
    found: dict[_Plan, set[tuple[str, str]]] = defaultdict(set)
    for notice, revision, household, person in await session.execute(query):
        found[notice, revision].add((household, person))
    return found


async def _had(
    session: AsyncSession, notice: Notice, revision: int, homes: Sequence[str]
) -> tuple[Collection[tuple[str, str, str]], Collection[tuple[str, bytes]]]:
    """(household, person, address) planned at this revision; (household, mailbox) told or about to be: couples share one."""
    query = (
        select(Delivery.household, Delivery.person, Delivery.address, Address.lookup, Message.state)
        .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
        .join(Address, (Address.tenant == Delivery.tenant) & (Address.id == Delivery.address))
        .where(Delivery.tenant == notice.tenant, Delivery.notice == notice.id)
        .where(Delivery.revision == revision, Delivery.step == steps.FIRST, Delivery.household.in_(homes))
    )
    rows = (await session.execute(query)).all()
    boxes = {(home, lookup) for home, _, _, lookup, state in rows if state not in (*_LOST, "skipped")}
    return {(home, person, address) for home, person, address, _, _ in rows}, boxes
