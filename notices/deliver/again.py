"""A message that is about to leave: whether its people sleep by now, and which parts of it are in it no more.

It was planned for an hour when they were awake; retries, a lane that rested or a long queue may have moved it. And of
what it was to carry some may have been withdrawn or answered meanwhile: it goes without these.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids, many
from notices.deliver.in_hand import Claim
from notices.deliver.whom import Recipient
from notices.ladder.hours import Wishes, slot
from notices.ledger import reach
from notices.models import Delivery, Message, Notice
from notices.planning.sharing import ends

_message = cast(Table, Message.__table__).c
_delivery = cast(Table, Delivery.__table__).c
_KEPT = (
    "tenant",
    "person",
    "address",
    "channel",
    "lane",
    "urgency",
    "digest",
    "attempt",
    "doubts",
    "crashes",
)


def wakes_at(
    notices: Mapping[str, Notice], claim: Claim, left: Iterable[Recipient], now: datetime
) -> datetime | None:
    """When the first of those it is still for wants to hear again; None where it may leave now.

    A mailbox that two people share is told as soon as one of them is awake.
    """
    first: datetime | None = None
    for each in left:
        at = _wakes_at(notices[each.notice], claim, each, now)
        if at is None:
            return None
        first = at if first is None else min(first, at)
    return first


def _wakes_at(notice: Notice, claim: Claim, each: Recipient, now: datetime) -> datetime | None:
    if each.person is None or each.person.quiet_from is None:
        return None
    wishes = Wishes(each.person.quiet_from, each.person.quiet_to)
    at = slot(wishes, claim.urgency, now, ends(notice), may_bundle=False).at
    return at if at > now else None


async def fall_out(
    session: AsyncSession, claim: Claim, parts: Sequence[tuple[str, Recipient]], now: datetime
) -> None:
    """These parts are not sent with the rest of it: of each reason a message of its own, which was never sent and says
    why, so that no ledger counts them as handed over.
    """
    apart: dict[str, list[Recipient]] = defaultdict(list)
    for reason, each in parts:
        apart[reason].append(each)
    told: dict[str, str] = {}
    for reason, some in sorted(apart.items()):
        id = ids.new_id()
        await _skip(session, claim, id, reason, now)
        for each in some:
            await _move(session, claim, each, id)
        told[id] = reason
    lost = dict(zip(many.bared(session, told), told.values(), strict=True))
    await reach.settled(session, claim.tenant, (), lost, now)


async def _skip(session: AsyncSession, claim: Claim, id: str, reason: str, now: datetime) -> None:
    said = {"id": id, "state": "skipped", "reason": reason, "created_at": now, "settled_at": now}
    values = {name: literal(value, _message[name].type) for name, value in said.items()}
    its = select(*(_message[name] for name in _KEPT), *values.values())
    its = its.where(_message.tenant == claim.tenant, _message.id == claim.id)
    await session.execute(insert(_message.id.table).from_select([*_KEPT, *values], its))


async def _move(session: AsyncSession, claim: Claim, part: Recipient, to: str) -> None:
    """Every revision of it: they fell out for the same reason."""
    person, address, household = (many.text_of(bare) for bare in part.key)
    rows = update(_delivery.message.table).where(
        _delivery.tenant == claim.tenant,
        _delivery.message == claim.id,
        _delivery.notice == part.notice,
        _delivery.step == part.step,
        _delivery.person == person,
        _delivery.address == address,
        _delivery.household == household,
    )
    await session.execute(rows.values(message=to))
