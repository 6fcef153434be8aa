"""A message that is about to leave: whether its people sleep by now, and which parts of it are in it no more.

It was planned for an hour when they were awake; retries, a lane that rested or a long queue may have moved it. And of
what it was to carry some may have been withdrawn or answered meanwhile: it goes without these.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids, many
from notices.deliver.whom import Recipient
from notices.ladder.hours import Wishes, slot
from notices.ledger import reach
from notices.models import Delivery, Message, Notice
from notices.planning.sharing import ends

_KEPT = ("tenant", "person", "address", "channel", "lane", "urgency", "digest", "attempt", "created_at")


def wakes_at(
    message: Message, left: Sequence[Recipient], notices: Mapping[str, Notice], now: datetime
) -> datetime | None:
    """When the first of those it is still for wants to hear again; None where it may leave now.

    A mailbox that two people share is told as soon as one of them is awake.
    """
    first: datetime | None = None
    for each in left:
        if each.person is None or each.person.quiet_from is None:
            return None
        wishes = Wishes(each.person.quiet_from, each.person.quiet_to)
        at = slot(wishes, message.urgency, now, ends(notices[each.notice]), may_bundle=False).at
        if at <= now:
            return None
        first = at if first is None else min(at, first)
    return first


async def fall_out(
    session: AsyncSession, message: Message, parts: Sequence[tuple[str | None, Recipient]], now: datetime
) -> None:
    """Those of its parts that have a reason not to be sent with the rest: of each reason a message of its own, which was
    never sent and says why, so that no ledger counts them as handed over.
    """
    apart: dict[str, list[Recipient]] = defaultdict(list)
    for reason, each in parts:
        if reason is not None:
            apart[reason].append(each)
    told: dict[str, str | None] = {}
    for reason, some in sorted(apart.items()):
        id = ids.new_id()
        await session.execute(insert(Message).values(_skipped(message, id, reason, now)))
        for each in some:
            await _move(session, message, each, id)
        told[id] = reason
    await reach.settled(session, message.tenant, told, now)


def _skipped(message: Message, id: str, reason: str, now: datetime) -> dict[str, object]:
    kept = {name: getattr(message, name) for name in _KEPT}
    return kept | {"id": id, "state": "skipped", "reason": reason, "settled_at": now}


async def _move(session: AsyncSession, message: Message, part: Recipient, to: str) -> None:
    """Every revision of it: they fell out for the same reason."""
    rows = update(Delivery).where(Delivery.tenant == message.tenant, Delivery.message == message.id)
    rows = rows.where(Delivery.notice == part.notice, Delivery.step == part.step)
    rows = rows.where(Delivery.household == many.text_of(part.household))
    if part.person is not None:
        rows = rows.where(Delivery.person == part.person.id)
    if part.address is not None:
        rows = rows.where(Delivery.address == part.address.id)
    await session.execute(rows.values(message=to).execution_options(synchronize_session=False))
