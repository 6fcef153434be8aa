"""Deliveries and their messages are written here, many at once: those of a plan, and those of the ladder's steps.

Two people who share a mailbox get two deliveries and one message; whoever wishes a digest gets one message for many.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.hours import Slot, slot
from notices.ladder import steps
from notices.models import Delivery, Message, Notice, NoticeHousehold
from notices.recipients import Target

Homes = Mapping[str, Sequence[Target]]


@dataclass(slots=True)
class _Made:
    notice: Notice
    revision: int
    step: str
    now: datetime
    already: dict[tuple[str, str], str]
    """(person, address) → the message by which another home of theirs got this."""
    digests: dict[tuple[str, datetime], str]
    """(address, due) → the message that gathers what is due then."""
    deliveries: list[dict[str, object]] = field(default_factory=list)
    messages: list[dict[str, object]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def slot(self, target: Target) -> Slot:
        bundles = self.step == steps.FIRST
        return slot(target.wishes, self.notice.urgency, self.now, ends(self.notice), may_bundle=bundles)


def ends(notice: Notice) -> datetime | None:
    return min((at for at in (notice.deadline, notice.expires_at) if at is not None), default=None)


async def make(
    session: AsyncSession, notice: Notice, revision: int, step: str, homes: Homes, now: datetime
) -> int:
    """A revision of the notice, at this step, to these addresses. → how many deliveries."""
    chosen = [target for targets in homes.values() for target in targets]
    already = await _already(session, notice, revision, step, chosen)
    made = _Made(notice, revision, step, now, already, {})
    made.digests = await _gathering(session, made, chosen)
    for targets in homes.values():
        _home(made, targets)
    await _save(session, made)
    return len(made.deliveries)


async def _already(
    session: AsyncSession, notice: Notice, revision: int, step: str, chosen: Sequence[Target]
) -> dict[tuple[str, str], str]:
    if not chosen:
        return {}
    query = select(Delivery.person, Delivery.address, Delivery.message).where(
        Delivery.tenant == notice.tenant,
        Delivery.notice == notice.id,
        Delivery.revision == revision,
        Delivery.step == step,
        Delivery.person.in_({target.person for target in chosen}),
    )
    return {(person, address): message for person, address, message in await session.execute(query)}


async def _gathering(
    session: AsyncSession, made: _Made, chosen: Sequence[Target]
) -> dict[tuple[str, datetime], str]:
    """Digests that wait already. Nobody can have taken one: it is due later than now."""
    waiting = {target.address for target in chosen if made.slot(target).digest}
    if not waiting:
        return {}
    query = select(Message.address, Message.due_at, Message.id).where(
        Message.tenant == made.notice.tenant,
        Message.address.in_(waiting),
        Message.digest.is_(True),
        Message.state == "due",
        Message.due_at > made.now,
    )
    return {(address, due): id for address, due, id in await session.execute(query) if due is not None}


def _home(made: _Made, targets: Sequence[Target]) -> None:
    shared: dict[tuple[str, bytes, Slot], str] = {}
    for target in targets:
        when = made.slot(target)
        who, box = (target.person, target.address), (target.channel, target.lookup, when)
        message = made.already.get(who) or shared.get(box)
        if message is None and when.digest:
            message = made.digests.get((target.address, when.at))
        if message is None:
            message = ids.new_id()
            made.messages.append(_message(made, message, target, when))
        made.already[who] = shared[box] = message
        made.counts[target.household] = made.counts.get(target.household, 0) + 1
        made.deliveries.append(
            {
                "tenant": made.notice.tenant,
                "notice": made.notice.id,
                "revision": made.revision,
                "person": target.person,
                "address": target.address,
                "household": target.household,
                "step": made.step,
                "message": message,
            }
        )


def _message(made: _Made, id: str, target: Target, when: Slot) -> dict[str, object]:
    return {
        "tenant": made.notice.tenant,
        "id": id,
        "person": target.person,
        "address": target.address,
        "channel": target.channel,
        "lane": target.lane,
        "urgency": made.notice.urgency,
        "state": "due",
        "due_at": when.at,
        "digest": when.digest,
        "attempt": 0,
        "doubts": 0,
        "crashes": 0,
        "created_at": made.now,
    }


async def _save(session: AsyncSession, made: _Made) -> None:
    if made.messages:
        await session.execute(insert(Message), made.messages)
    if made.deliveries:
        await session.execute(insert(Delivery), made.deliveries)
    by_count: dict[int, list[str]] = defaultdict(list)
    for household, count in made.counts.items():
        by_count[count].append(household)
    row = NoticeHousehold
    for count, households in by_count.items():
        rows = update(row).where(row.tenant == made.notice.tenant, row.notice == made.notice.id)
        rows = rows.where(row.household.in_(households))
        await session.execute(rows.values(planned=row.planned + count))
