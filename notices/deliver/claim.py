"""Who takes what: the oldest due messages of one lane, under a lease, looked at again before they leave."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.channels import Outgoing
from notices.deliver import again, lanes, letters, whom
from notices.deliver.letters import Letters, Office, Told
from notices.healing import questions
from notices.models import Address, Message
from notices.outcomes import Crashed, Held, Outcome, Skipped
from notices.wording.letter import QUESTION

LEASE: Final = timedelta(seconds=60)
LEASE_EXPRESS: Final = timedelta(seconds=15)
"""A live sender renews it; a dead one's messages are free again after it."""
BATCH: Final = {"mail": 64, "push": 1_000, "line": 500}
PROBE: Final = 8
"""Messages tried at once in a lane that had nothing but trouble of late."""
SUSPECTS: Final = 16
"""A batch in which one message may be what kills workers is so much smaller; what killed two goes alone."""
SHARE: Final = 4
"""Of a batch a quarter is kept for what is not urgent: it is overtaken, but never starved."""


def lease(urgency: str) -> timedelta:
    return LEASE_EXPRESS if urgency == lanes.EXPRESS else LEASE


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, by two clocks. What is due was written by ours; a lease must mean the same to every machine."""

    ours: datetime
    database: datetime


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


async def claim(
    session: AsyncSession, office: Office, channel: str, lane: str, now: Moment, *, express: bool = False
) -> Batch:
    """Each message taken counts as one more attempt. `express`: emergencies alone; else all others."""
    health = await lanes.health(session, channel, lane)
    if lanes.is_shut(health, now.ours, express=express):
        return Batch()
    most = PROBE if health is not None and health.troubles else BATCH[channel]
    chosen = await _chosen(session, channel, lane, now.ours, most, express=express)
    by_tenant: dict[str, list[str]] = defaultdict(list)
    for row in chosen:
        by_tenant[row.tenant].append(row.id)
    batch = Batch()
    for tenant, ids in by_tenant.items():
        taken = update(Message).where(Message.tenant == tenant, Message.id.in_(ids))
        taken = taken.values(
            state="sending",
            due_at=None,
            worker=office.worker,
            attempt=Message.attempt + 1,
            lease_until=now.database + (LEASE_EXPRESS if express else LEASE),
            crossing_at=None,
        )
        await session.execute(taken.execution_options(synchronize_session=False))
        await _prepare(session, office, tenant, ids, batch, now.ours)
    return batch


async def _chosen(
    session: AsyncSession, channel: str, lane: str, now: datetime, most: int, *, express: bool
) -> Sequence[Row[str, str, int]]:
    """The next messages of the lane, locked; the urgent first, with room left for the others."""

    async def oldest(urgency: str, limit: int) -> Sequence[Row[str, str, int]]:
        query = (
            select(Message.tenant, Message.id, Message.crashes)
            .where(Message.channel == channel, Message.lane == lane, Message.urgency == urgency)
            .where(lanes.waits(now), Message.state.in_(("due", "later")))
            .order_by(Message.due_at, Message.tenant, Message.id)
            .limit(limit)
        )
        return (await session.execute(query.with_for_update(skip_locked=True))).all()

    if express:
        return _alike(await oldest(lanes.EXPRESS, most), most)
    urgent = await oldest("urgent", most)
    others = await oldest("ordinary", max(most - len(urgent), most // SHARE))
    return _alike([*urgent[: most - len(others)], *others], most)


def _alike(rows: Sequence[Row[str, str, int]], most: int) -> Sequence[Row[str, str, int]]:
    """Those that have crashed as often as the first: suspects travel in small batches, and in the end alone."""
    if not rows:
        return rows
    crashes = rows[0].crashes
    if crashes:
        most = max(most // SUSPECTS, 1) if crashes == 1 else 1
    return [row for row in rows if row.crashes == crashes][:most]


async def _prepare(
    session: AsyncSession, office: Office, tenant: str, ids: Sequence[str], batch: Batch, now: datetime
) -> None:
    """Reads each message with all its deliveries, looks again whom it is still for, and renders it."""
    query = select(Message).where(Message.tenant == tenant, Message.id.in_(ids))
    messages = (await session.scalars(query.execution_options(populate_existing=True))).all()
    said = await letters.read(session, office, tenant, ids)
    recipients = await whom.recipients(session, tenant, ids)
    bare = [id for id in ids if id not in recipients]
    asked = await questions.read(session, tenant, bare, now) if bare else {}
    for message in messages:
        if message.id in asked:
            _ask(said, message, asked[message.id], now, batch)
            continue
        each_of = recipients.get(message.id, ())
        reasons = [(whom.why_not(said.notices.get(each.notice), message, each), each) for each in each_of]
        left = [each for reason, each in reasons if reason is None]
        to = left[0] if left else None
        wakes = again.wakes_at(message, left, said.notices, now)
        if to is None or to.address is None or to.person is None:
            batch.claims[message.id] = claim_of(message)
            reason = reasons[0][0] if reasons else None
            batch.decided.append((message.id, Skipped(reason or "withdrawn")))
        elif wakes is not None:
            batch.claims[message.id] = claim_of(message)
            batch.decided.append((message.id, Held(wakes)))
        else:
            if len(left) < len(reasons):
                await again.fall_out(session, message, reasons, now)
            batch.claims[message.id] = replace(claim_of(message), address=to.address.id)
            told = Told(
                tuple(dict.fromkeys(each.notice for each in left)),
                to.step,
                to.person.locale,
                to.person.digest == "weekly",
            )
            _write(said, message, to.address, told, batch)


def _ask(
    said: Letters, message: Message, asked: Sequence[questions.Asked], now: datetime, batch: Batch
) -> None:
    """A message that asks whether all is well leaves as long as one of those it asks is still to be asked."""
    batch.claims[message.id] = claim_of(message)
    reasons = [(each.why_not(now), each) for each in asked]
    to = next((each for reason, each in reasons if reason is None), None)
    if to is None or to.address is None or to.person is None or to.association is None:
        batch.decided.append((message.id, Skipped(reasons[0][0] or "moved")))
        return
    told = Told((), QUESTION, to.person.locale, weekly=False, association=to.association.id)
    said.associations[to.association.id] = to.association
    _write(said, message, to.address, told, batch)


def _write(said: Letters, message: Message, address: Address, told: Told, batch: Batch) -> None:
    try:
        batch.outgoing.append(said.outgoing(message, address, told))
    except Exception:  # one poisonous row must not take the lane with it
        batch.decided.append((message.id, Crashed(crashes=message.crashes + 1)))
