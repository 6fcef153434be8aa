"""WHO GETS IT HOW IS PLANNED here: a revision becomes deliveries, chunk by chunk, in the order of households.

A chunk and its progress are one transaction and a delivery's key is unique, so a killed planner neither loses nor
doubles anybody. Every live channel a person has switched on gets the message at once.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Update, case, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import carried, due, misgivings
from notices.models import (
    Address,
    City,
    Delivery,
    Message,
    Notice,
    NoticeHousehold,
    Person,
    Planning,
    Resident,
)
from notices.sharing import Made, Target, Way

FIRST = 2_000
"""Deliveries made inside the publishing transaction, and in each chunk after it."""
HOUSEHOLDS = 500
"""Households looked at in one chunk."""


_rank = case((Planning.urgency == "emergency", 0), (Planning.urgency == "urgent", 1), else_=2)


async def begin(session: AsyncSession, notice: Notice, resend: str, now: datetime) -> None:
    """Opens the planning of the notice's present revision and does the first chunk of it."""
    planning = Planning(
        tenant=notice.tenant,
        notice=notice.id,
        revision=notice.revision,
        resend=resend,
        urgency=notice.urgency,
        deliveries=0,
        created_at=now,
        due_at=now,
    )
    session.add(planning)
    await session.flush()
    await chunk(session, planning, now)


async def next_open(session: AsyncSession, now: datetime) -> Planning | None:
    """The most urgent planning, of these the one that has waited longest; locked. None of a city on hold."""
    held = select(City.tenant).where(City.on_hold.is_(True))
    query = select(Planning).where(
        Planning.closed_at.is_(None),
        Planning.stopped.is_(None),
        Planning.due_at <= now,
        Planning.tenant.not_in(held),
    )
    return await session.scalar(
        query.order_by(_rank, Planning.due_at).limit(1).with_for_update(skip_locked=True)
    )


async def postpone(session: AsyncSession, key: tuple[str, str, int], now: datetime) -> None:
    """After a chunk that failed: later, and each time later still. `key`: tenant, notice, revision."""
    planning = await session.get_one(Planning, key)
    wait = min(timedelta(seconds=30) * 2 ** min(planning.attempt, 10), timedelta(hours=1))
    planning.attempt, planning.due_at = planning.attempt + 1, now + wait


async def chunk(session: AsyncSession, planning: Planning, now: datetime) -> None:
    """The next households' deliveries, at most FIRST of them; closes the planning behind the last household.

    Where it looks wrong it makes none, and waits for an officer: misgivings.py.
    """
    households = await _next_households(session, planning)
    targets = await _targets(session, planning, households)
    taken, chosen = _cut(households, targets)
    already = await _already(session, planning, chosen)
    made = Made(planning, already, now)
    for household in taken:
        made.plan(targets[household])
    ends = len(taken) == len(households) < HOUSEHOLDS
    usual = await misgivings.usual(session, planning)
    why = misgivings.misgiving(planning, usual, len(taken), len(made.deliveries), ends=ends)
    if why is not None:
        await misgivings.stop(session, planning, why)
        return
    await _save(session, planning, made, now)
    if taken:
        planning.after = taken[-1]
    planning.deliveries += len(made.deliveries)
    planning.households += len(taken)
    planning.attempt, planning.due_at = 0, now
    if ends:
        planning.closed_at = now
    due.tap(session)
    await session.flush()


async def _next_households(session: AsyncSession, planning: Planning) -> Sequence[str]:
    row = NoticeHousehold
    query = select(row.household).where(row.tenant == planning.tenant, row.notice == planning.notice)
    if planning.after is not None:
        query = query.where(row.household > planning.after)
    if planning.resend == "unstamped":
        query = query.where(row.stamped_at.is_(None))
    return (await session.scalars(query.order_by(row.household).limit(HOUSEHOLDS))).all()


async def _targets(
    session: AsyncSession, planning: Planning, households: Sequence[str]
) -> dict[str, list[Target]]:
    query = (
        select(Resident.household, Person.id, Address.id, Address.channel, Address.lane, Address.lookup)
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
        .join(Address, (Address.tenant == Person.tenant) & (Address.person == Person.id))
        .where(
            Resident.tenant == planning.tenant, Resident.household.in_(households), Resident.until.is_(None)
        )
        .where(Person.ended_at.is_(None), carried.takes_any(planning.urgency))
        .order_by(Resident.household, Person.id, Address.id)
    )
    targets: dict[str, list[Target]] = defaultdict(list)
    for row in (await session.execute(query)).all():
        targets[row[0]].append(Target(*row))
    return targets


def _cut(households: Sequence[str], targets: dict[str, list[Target]]) -> tuple[Sequence[str], list[Target]]:
    """Whole households, as many as keep the chunk small; always one at least."""
    chosen: list[Target] = []
    for position, household in enumerate(households):
        if position and len(chosen) + len(targets[household]) > FIRST:
            return households[:position], chosen
        chosen += targets[household]
    return households, chosen


async def _already(
    session: AsyncSession, planning: Planning, chosen: Sequence[Target]
) -> dict[tuple[str, str], Way]:
    """(person, address) → the message by which another home of theirs got this revision.

    It may have left by now. Its row is locked: a worker that settles it sees the home that joins it here, or we see
    what became of it; without that a second home would be "planned" for ever.
    """
    query = (
        select(Delivery.person, Delivery.address, Message.id, Message.state, Message.reason)
        .join(Message, (Message.tenant == Delivery.tenant) & (Message.id == Delivery.message))
        .where(
            Delivery.tenant == planning.tenant,
            Delivery.notice == planning.notice,
            Delivery.revision == planning.revision,
            Delivery.person.in_({target.person for target in chosen}),
        )
        .order_by(Message.id)
        .with_for_update(of=Message)
    )
    found = await session.execute(query)
    return {(person, address): Way(id, state, reason) for person, address, id, state, reason in found}


async def _save(session: AsyncSession, planning: Planning, made: Made, now: datetime) -> None:
    if made.messages:
        await session.execute(insert(Message), made.messages)
    if made.deliveries:
        await session.execute(insert(Delivery), made.deliveries)
    row = NoticeHousehold
    for count, households in made.by_count():
        await session.execute(_homes(planning, households).values(planned=row.planned + count))
    for reason, households in sorted(made.failed.items()):
        await session.execute(_homes(planning, households).values(failed=reason))
    if made.handed_over:
        there = _homes(planning, made.handed_over).where(row.handed_over_at.is_(None))
        await session.execute(there.values(handed_over_at=now))


def _homes(planning: Planning, households: Collection[str]) -> Update:
    row = NoticeHousehold
    rows = update(row).where(row.tenant == planning.tenant, row.notice == planning.notice)
    rows = rows.where(row.household.in_(households))
    return rows.execution_options(synchronize_session=False)
