"""Who takes what: the oldest due messages of one lane, under a lease, looked at again before they leave."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.channels import Outgoing
from notices.deliver import letters
from notices.deliver.letters import Letters, Office
from notices.models import Address, City, Message, Notice, Person, Resident
from notices.outcomes import Crashed, Outcome, Skipped

LEASE: Final = timedelta(seconds=60)
"""A live sender renews it; a dead one's messages are free again after it."""
BATCH: Final = {"mail": 64, "push": 1_000}
WAITING: Final = ("due", "later")


@dataclass(frozen=True, slots=True)
class Claim:
    """One message in one worker's hands; `attempt` is the fence."""

    tenant: str
    id: str
    channel: str
    lane: str
    address: str
    attempt: int
    doubts: int
    urgency: str


@dataclass(slots=True)
class Batch:
    claims: dict[str, Claim] = field(default_factory=dict)
    outgoing: list[Outgoing] = field(default_factory=list)
    decided: list[tuple[str, Outcome]] = field(default_factory=list)
    """What needs no channel: skipped, or impossible to render."""


def claim_of(message: Message) -> Claim:
    return Claim(
        tenant=message.tenant,
        id=message.id,
        channel=message.channel,
        lane=message.lane,
        address=message.address,
        attempt=message.attempt,
        doubts=message.doubts,
        urgency=message.urgency,
    )


async def open_lanes(session: AsyncSession, now: datetime) -> Sequence[tuple[str, str]]:
    """(channel, lane) of every destination that has something due. A city on hold has nothing due."""
    held = select(City.tenant).where(City.on_hold.is_(True))
    query = select(Message.channel, Message.lane).where(
        Message.state.in_(WAITING), Message.due_at <= now, Message.tenant.not_in(held)
    )
    return [(channel, lane) for channel, lane in await session.execute(query.distinct())]


async def claim(session: AsyncSession, office: Office, channel: str, lane: str, now: datetime) -> Batch:
    """Each message taken counts as one more attempt."""
    held = select(City.tenant).where(City.on_hold.is_(True))
    chosen = (
        select(Message.tenant, Message.id)
        .where(Message.state.in_(WAITING), Message.due_at <= now)
        .where(Message.channel == channel, Message.lane == lane, Message.tenant.not_in(held))
        .order_by(Message.due_at, Message.id)
        .limit(BATCH[channel])
        .with_for_update(skip_locked=True)
    )
    by_tenant: dict[str, list[str]] = defaultdict(list)
    for tenant, id in await session.execute(chosen):
        by_tenant[tenant].append(id)
    batch = Batch()
    for tenant, ids in by_tenant.items():
        taken = update(Message).where(Message.tenant == tenant, Message.id.in_(ids))
        taken = taken.values(
            state="sending",
            worker=office.worker,
            attempt=Message.attempt + 1,
            lease_until=now + LEASE,
            crossing_at=None,
        )
        await session.execute(taken.execution_options(synchronize_session=False))
        await _prepare(session, office, tenant, ids, batch)
    return batch


async def _prepare(
    session: AsyncSession, office: Office, tenant: str, ids: Sequence[str], batch: Batch
) -> None:
    """Reads each message with its address, looks again whether it is still to be sent, and renders it."""
    query = (
        select(Message, Address, Person)
        .outerjoin(Address, (Address.tenant == Message.tenant) & (Address.id == Message.address))
        .outerjoin(Person, (Person.tenant == Message.tenant) & (Person.id == Message.person))
        .where(Message.tenant == tenant, Message.id.in_(ids))
        .execution_options(populate_existing=True)
    )
    rows = (await session.execute(query)).all()
    said = await letters.read(session, office, tenant, ids)
    residents = await _residents(session, tenant, {message.person for message, _, _ in rows})
    for message, address, person in rows:
        batch.claims[message.id] = claim_of(message)
        reason = _why_not(said.by_message.get(message.id), address, person, residents)
        if reason is not None:
            batch.decided.append((message.id, Skipped(reason)))
        else:
            _write(said, message, address, person.locale, batch)


def _write(said: Letters, message: Message, address: Address, lang: str, batch: Batch) -> None:
    try:
        batch.outgoing.append(said.outgoing(message, address, lang))
    except Exception:  # one poisonous row must not take the lane with it
        batch.decided.append((message.id, Crashed(crashes=message.crashes + 1)))


async def _residents(session: AsyncSession, tenant: str, people: Collection[str]) -> set[str]:
    query = select(Resident.person).where(
        Resident.tenant == tenant, Resident.person.in_(people), Resident.until.is_(None)
    )
    return set((await session.scalars(query)).all())


def _why_not(
    notice: Notice | None, address: Address | None, person: Person | None, residents: set[str]
) -> str | None:
    """The reason not to send after all, a slug of REASONS; None where it is still right."""
    if notice is None or notice.state == "withdrawn":
        return "withdrawn"
    if notice.state == "expired":
        return "expired"
    if person is None or person.ended_at is not None or person.id not in residents:
        return "moved"
    if address is None or address.state == "gone":
        return "address-changed"
    return "stopped" if address.state != "live" else None
