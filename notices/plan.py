"""WHO GETS IT HOW IS PLANNED here: a revision becomes deliveries, chunk by chunk, in the order of households.

A chunk and its progress are one transaction and a delivery's key is unique, so a killed planner neither loses nor
doubles anybody. Every live channel a person has switched on gets the message at once.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import case, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import carried, due, ids, misgivings
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

FIRST = 2_000
"""Deliveries made inside the publishing transaction, and in each chunk after it."""
HOUSEHOLDS = 500
"""Households looked at in one chunk."""


_rank = case((Planning.urgency == "emergency", 0), (Planning.urgency == "urgent", 1), else_=2)


@dataclass(frozen=True, slots=True)
class _Target:
    household: str
    person: str
    address: str
    channel: str
    lane: str
    lookup: bytes


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
    made = _Made()
    for household in taken:
        _plan(made, planning, targets[household], already, now)
    ends = len(taken) == len(households) < HOUSEHOLDS
    usual = await misgivings.usual(session, planning)
    why = misgivings.misgiving(planning, usual, len(taken), len(made.deliveries), ends=ends)
    if why is not None:
        await misgivings.stop(session, planning, why)
        return
    await _save(session, planning, made)
    if taken:
        planning.after = taken[-1]
    planning.deliveries += len(made.deliveries)
    planning.households += len(taken)
    planning.attempt, planning.due_at = 0, now
    if ends:
        planning.closed_at = now
    due.tap(session)
    await session.flush()


@dataclass(slots=True)
class _Made:
    deliveries: list[dict[str, object]] = field(default_factory=list)
    messages: list[dict[str, object]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


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
) -> dict[str, list[_Target]]:
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
    targets: dict[str, list[_Target]] = defaultdict(list)
    for row in (await session.execute(query)).all():
        targets[row[0]].append(_Target(*row))
    return targets


def _cut(households: Sequence[str], targets: dict[str, list[_Target]]) -> tuple[Sequence[str], list[_Target]]:
    """Whole households, as many as keep the chunk small; always one at least."""
    chosen: list[_Target] = []
    for position, household in enumerate(households):
        if position and len(chosen) + len(targets[household]) > FIRST:
            return households[:position], chosen
        chosen += targets[household]
    return households, chosen


async def _already(
    session: AsyncSession, planning: Planning, chosen: Sequence[_Target]
) -> dict[tuple[str, str], str]:
    """(person, address) → the message by which another home of theirs got this revision."""
    query = select(Delivery.person, Delivery.address, Delivery.message).where(
        Delivery.tenant == planning.tenant,
        Delivery.notice == planning.notice,
        Delivery.revision == planning.revision,
        Delivery.person.in_({target.person for target in chosen}),
    )
    return {(person, address): message for person, address, message in await session.execute(query)}


def _plan(
    made: _Made,
    planning: Planning,
    targets: Sequence[_Target],
    already: dict[tuple[str, str], str],
    now: datetime,
) -> None:
    """One household. Two people who share a mailbox get two deliveries and one message."""
    shared: dict[tuple[str, bytes], str] = {}
    for target in targets:
        who, box = (target.person, target.address), (target.channel, target.lookup)
        message = already.get(who) or shared.get(box)
        if message is None:
            message = ids.new_id()
            made.messages.append(_message(planning, message, target, now))
        already[who] = shared[box] = message
        made.counts[target.household] = made.counts.get(target.household, 0) + 1
        made.deliveries.append(
            {
                "tenant": planning.tenant,
                "notice": planning.notice,
                "revision": planning.revision,
                "person": target.person,
                "address": target.address,
                "household": target.household,
                "message": message,
            }
        )


def _message(planning: Planning, id: str, target: _Target, now: datetime) -> dict[str, object]:
    return {
        "tenant": planning.tenant,
        "id": id,
        "person": target.person,
        "address": target.address,
        "channel": target.channel,
        "lane": target.lane,
        "urgency": planning.urgency,
        "state": "due",
        "due_at": now,
        "attempt": 0,
        "doubts": 0,
        "crashes": 0,
        "created_at": now,
    }


async def _save(session: AsyncSession, planning: Planning, made: _Made) -> None:
    if made.messages:
        await session.execute(insert(Message), made.messages)
    if made.deliveries:
        await session.execute(insert(Delivery), made.deliveries)
    by_count: dict[int, list[str]] = defaultdict(list)
    for household, count in made.counts.items():
        by_count[count].append(household)
    row = NoticeHousehold
    for count, households in by_count.items():
        rows = update(row).where(row.tenant == planning.tenant, row.notice == planning.notice)
        rows = rows.where(row.household.in_(households))
        await session.execute(rows.values(planned=row.planned + count))
