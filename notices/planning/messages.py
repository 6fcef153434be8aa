"""Deliveries and their messages are written here, many at once: those of a plan, those of the ladder's steps, and what
goes out in place of what failed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, Update, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many
from notices.ledger import homes
from notices.models import Delivery, Message, Notice, NoticeHousehold
from notices.planning.sharing import Made, Target, Way

Homes = Mapping[str, Sequence[Target]]
"""Household → where it is to be told."""


async def make(
    session: AsyncSession, notice: Notice, revision: int, step: str, told: Homes, now: datetime
) -> None:
    """A revision of the notice, at this step, to these addresses."""
    await save(session, await prepare(session, notice, revision, step, told, now))


async def prepare(
    session: AsyncSession, notice: Notice, revision: int, step: str, told: Homes, now: datetime
) -> Made:
    """The same, not yet written: whoever looks at it first may find it strange."""
    made = Made(notice, revision, step, now)
    chosen = [target for targets in told.values() for target in targets]
    made.already = await _already(session, made, chosen)
    made.digests = await _gathering(session, made, chosen)
    for household in sorted(told):
        made.plan(told[household])
    return made


async def _already(session: AsyncSession, made: Made, chosen: Sequence[Target]) -> dict[tuple[str, str], Way]:
    """(person, address) → the message by which another home of theirs got this.

    It may have left by now. Its row is locked: a worker that settles it sees the home that joins it here, or we see
    what became of it; without that a second home would be "planned" for ever.
    """
    query = (
        select(Delivery.person, Delivery.address, Message.id, Message.state, Message.reason)
        .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
        .where(
            Delivery.tenant == made.notice.tenant,
            Delivery.notice == made.notice.id,
            Delivery.revision == made.revision,
            Delivery.step == made.step,
            Delivery.person.in_({target.person for target in chosen}),
        )
        .order_by(Message.id)
        .with_for_update(of=Message)
    )
    found = await session.execute(query)
    return {(person, address): Way(id, state, reason) for person, address, id, state, reason in found}


async def _gathering(
    session: AsyncSession, made: Made, chosen: Sequence[Target]
) -> dict[tuple[str, datetime], str]:
    """Digests that wait already, locked: nobody can have taken one, as it is due later than now."""
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
    found = await session.execute(query.order_by(Message.id).with_for_update())
    return {(address, due): id for address, due, id in found if due is not None}


async def save(session: AsyncSession, made: Made) -> None:
    # Of tables, not of classes: a town's plan is 200,000 rows, which nobody here needs as objects.
    if made.messages:
        await session.execute(insert(cast(Table, Message.__table__)), made.messages)
    if made.deliveries:
        await session.execute(insert(cast(Table, Delivery.__table__)), made.deliveries)
    row, notice = NoticeHousehold, made.notice
    touched = made.counts.keys() | {home for each in made.failed.values() for home in each}
    await homes.lock(session, notice.tenant, notice.id, many.bared(session, touched))
    for count, households in made.by_count():
        # Another way is open: why an earlier one failed is no longer what there is to say.
        await session.execute(_homes(notice, households).values(planned=row.planned + count, failed=None))
    for reason, households in sorted(made.failed.items()):
        await session.execute(_homes(notice, households).values(failed=reason))
    if made.handed_over:
        there = _homes(notice, made.handed_over).where(row.handed_over_at.is_(None))
        await session.execute(there.values(handed_over_at=made.now))


def _homes(notice: Notice, households: Collection[str]) -> Update:
    row = NoticeHousehold
    rows = update(row).where(row.tenant == notice.tenant, row.notice == notice.id)
    rows = rows.where(row.household.in_(households))
    return rows.execution_options(synchronize_session=False)
