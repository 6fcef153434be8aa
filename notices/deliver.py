"""A MESSAGE IS DELIVERED here: claimed in a short transaction, sent with no session in sight, settled in another.

The ledger is the queue. A claim is a lease with a fence (worker and attempt): a worker that wakes too late settles
nothing. Everything is looked at again in the claim, and what is no longer to be sent says why.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final, Literal

from sqlalchemy import Update, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from notices import reach
from notices.channels import Mail, MailAddress, Outgoing, Push, PushAddress
from notices.models import Address, Association, City, Delivery, Message, Notice, NoticeFile, Person, Resident
from notices.outcomes import (
    TERMINAL,
    Crashed,
    Gone,
    Later,
    Outcome,
    Refused,
    Sent,
    Skipped,
    Transition,
    lane_pause,
    next_state,
)
from notices.vault import Vault
from notices.wording.letter import Letter
from notices.wording.payload import PushBody, push_of
from notices.wording.render import MailBody, mail_of

LEASE = timedelta(seconds=60)
"""A live sender renews it; a dead one's messages are free again after it."""
BATCH = {"mail": 64, "push": 1_000}
URGENCY: Final[Mapping[str, Literal["ordinary", "urgent", "emergency"]]] = {"emergency": "emergency"}
"""By kind; every other kind is ordinary."""
VAPID_REFUSALS = 3
"""403 so often in a row from one subscription, and the subscription is taken for dead."""


@dataclass(frozen=True, slots=True)
class Office:
    """What delivering needs and no message carries."""

    vault: Vault
    origin: str
    sender: str
    rng: Random
    worker: str


@dataclass(frozen=True, slots=True)
class Claim:
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


async def open_lanes(session: AsyncSession, now: datetime) -> Sequence[tuple[str, str]]:
    """(channel, lane) of every destination that has something due. A city on hold has nothing due."""
    held = select(City.tenant).where(City.on_hold.is_(True))
    query = select(Message.channel, Message.lane).where(
        Message.state.in_(("due", "later")), Message.due_at <= now, Message.tenant.not_in(held)
    )
    return (await session.execute(query.distinct())).all()


async def claim(session: AsyncSession, office: Office, channel: str, lane: str, now: datetime) -> Batch:
    """Takes the oldest due messages of one lane, under a lease, each counted as one more attempt."""
    held = select(City.tenant).where(City.on_hold.is_(True))
    chosen = (
        select(Message.tenant, Message.id)
        .where(Message.state.in_(("due", "later")), Message.due_at <= now)
        .where(Message.channel == channel, Message.lane == lane, Message.tenant.not_in(held))
        .order_by(Message.due_at, Message.id)
        .limit(BATCH[channel])
        .with_for_update(skip_locked=True)
    )
    keys = (await session.execute(chosen)).all()
    by_tenant: dict[str, list[str]] = defaultdict(list)
    for tenant, id in keys:
        by_tenant[tenant].append(id)
    batch = Batch()
    for tenant, ids in by_tenant.items():
        taken = (
            update(Message)
            .where(Message.tenant == tenant, Message.id.in_(ids))
            .values(
                state="sending",
                worker=office.worker,
                attempt=Message.attempt + 1,
                lease_until=now + LEASE,
                crossing_at=None,
            )
        )
        await session.execute(taken)
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
    notices = await _notices(session, tenant, ids)
    residents = await _residents(session, tenant, {message.person for message, _, _ in rows})
    bodies: dict[tuple[str, str, str], MailBody | PushBody] = {}
    for message, address, person in rows:
        batch.claims[message.id] = _claim_of(message)
        notice = notices.get(message.id)
        reason = _why_not(notice, address, person, residents)
        if reason is not None or notice is None or address is None:
            batch.decided.append((message.id, Skipped(reason or "withdrawn")))
            continue
        try:
            letter = await _letter(session, notice, person.locale if person else "ja")
            key = (notice.id, message.channel, letter.lang)
            if key not in bodies:
                bodies[key] = _body(office, message.channel, letter)
            batch.outgoing.append(_outgoing(office, message, address, bodies[key]))
        except Exception:  # one poisonous row must not take the lane with it
            batch.decided.append((message.id, Crashed(crashes=message.crashes + 1)))


def _claim_of(message: Message) -> Claim:
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


async def _notices(session: AsyncSession, tenant: str, messages: Sequence[str]) -> Mapping[str, Notice]:
    """Message id → the notice it carries, as it reads now: a correction overtakes what still waits."""
    query = (
        select(Delivery.message, Notice)
        .join(Notice, (Notice.tenant == Delivery.tenant) & (Notice.id == Delivery.notice))
        .where(Delivery.tenant == tenant, Delivery.message.in_(messages))
    )
    return dict((await session.execute(query)).all())


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


async def _letter(session: AsyncSession, notice: Notice, lang: str) -> Letter:
    association = await session.get(Association, (notice.tenant, notice.association))
    names = select(NoticeFile.name).where(NoticeFile.tenant == notice.tenant, NoticeFile.notice == notice.id)
    return Letter(
        id=notice.id,
        kind=notice.kind,
        title=notice.title,
        body=notice.body,
        association=association.name if association else "",
        association_id=notice.association or "",
        author=f"{notice.author_title}　{notice.author_name}",
        contact=association.contact if association else "",
        deadline=notice.deadline,
        files=list(await session.scalars(names.order_by(NoticeFile.position))),
        corrected=notice.revision > 1,
        urgency=URGENCY.get(notice.kind, "ordinary"),
        lang=lang if lang in ("ja", "en") else "ja",
    )


def _body(office: Office, channel: str, letter: Letter) -> MailBody | PushBody:
    if channel == "mail":
        return mail_of(letter, origin=office.origin, sender=office.sender)
    return push_of(letter, origin=office.origin)


def _outgoing(office: Office, message: Message, address: Address, body: MailBody | PushBody) -> Outgoing:
    secret = office.vault.decrypt(message.tenant, address.secret)
    if isinstance(body, MailBody):
        token = office.vault.unsubscribe_token(message.tenant, address.id)
        return Mail(
            id=message.id,
            lane=message.lane,
            to=MailAddress(secret),
            body=body,
            unsubscribe=f"{office.origin}/u/{token}",
        )
    keys = json.loads(secret)
    to = PushAddress(endpoint=keys["endpoint"], p256dh=keys["p256dh"], auth=keys["auth"])
    return Push(id=message.id, lane=message.lane, to=to, body=body)


async def cross(
    session: AsyncSession, office: Office, claims: Sequence[Claim], now: datetime
) -> Collection[str]:
    """Notes that these are about to pass the point of doubt; returns the ids that are still ours to send."""
    crossed: list[str] = []
    for claim in claims:
        row = _ours(office, claim).values(crossing_at=now, lease_until=now + LEASE)
        crossed += (await session.scalars(row.returning(Message.id))).all()
    return crossed


async def renew(session: AsyncSession, office: Office, claims: Collection[Claim], now: datetime) -> None:
    """Keeps the lease of what is still in hand."""
    keys = [(claim.tenant, claim.id) for claim in claims]
    for start in range(0, len(keys), 400):
        mine = update(Message).where(tuple_(Message.tenant, Message.id).in_(keys[start : start + 400]))
        mine = mine.where(Message.worker == office.worker, Message.state == "sending")
        await session.execute(mine.values(lease_until=now + LEASE))


def _ours(office: Office, claim: Claim) -> Update:
    """The fence: a message that another worker has taken over since is not touched."""
    return update(Message).where(
        Message.tenant == claim.tenant,
        Message.id == claim.id,
        Message.worker == office.worker,
        Message.attempt == claim.attempt,
        Message.state == "sending",
    )


async def settle(
    session: AsyncSession, office: Office, outcomes: Sequence[tuple[Claim, Outcome]], now: datetime
) -> None:
    """Writes what became of each message, of its address, and of its households."""
    sent: dict[str, list[str]] = defaultdict(list)
    lost: dict[tuple[str, str], list[str]] = defaultdict(list)
    for claim, outcome in sorted(outcomes, key=lambda each: (each[0].tenant, each[0].id)):
        step = next_state(
            "sending",
            claim.attempt,
            outcome,
            channel=claim.channel,
            urgency=claim.urgency,
            now=now,
            rng=office.rng,
            crossed_before=claim.doubts > 0,
        )
        written = await session.scalar(_written(office, claim, outcome, step, now))
        if written is None:
            continue
        if step.state == "sent":
            sent[claim.tenant].append(claim.id)
        elif step.state in TERMINAL:
            lost[claim.tenant, step.reason].append(claim.id)
        await _learn(session, claim, outcome, office.rng, now)
    for tenant, ids in sent.items():
        await reach.handed_over(session, tenant, ids, now)
    for (tenant, reason), ids in lost.items():
        await reach.failed(session, tenant, ids, reason, now)


def _written(
    office: Office, claim: Claim, outcome: Outcome, step: Transition, now: datetime
) -> ReturningUpdate[tuple[str]]:
    doubt = step.reason == "unanswered" or (isinstance(outcome, Crashed) and outcome.crossed)
    return (
        _ours(office, claim)
        .values(
            state=step.state,
            due_at=step.due_at,
            reason=step.reason or None,
            code=getattr(outcome, "code", None),
            doubts=Message.doubts + (1 if doubt else 0),
            crashes=Message.crashes + (1 if isinstance(outcome, Crashed) else 0),
            settled_at=now if step.state in TERMINAL else None,
            lease_until=None,
            worker=None,
        )
        .returning(Message.id)
    )


async def _learn(session: AsyncSession, claim: Claim, outcome: Outcome, rng: Random, now: datetime) -> None:
    """What an outcome says about the address or the whole lane."""
    address = update(Address).where(Address.tenant == claim.tenant, Address.id == claim.address)
    if isinstance(outcome, Sent):
        await session.execute(address.where(Address.failures > 0).values(failures=0))
    elif isinstance(outcome, Gone) and claim.channel == "push":
        # A subscription that its own service calls dead is dead; a mailbox is suppressed by slower rules.
        await session.execute(address.values(state="gone", reason=outcome.reason, changed_at=now))
    elif isinstance(outcome, Refused) and outcome.reason == "vapid":
        await session.execute(address.values(failures=Address.failures + 1))
        dead = address.where(Address.failures >= VAPID_REFUSALS)
        await session.execute(dead.values(state="gone", reason="vapid", changed_at=now))
    pause = lane_pause(outcome, rng)
    if pause is not None and isinstance(outcome, Later):
        rest = update(Message).where(Message.channel == claim.channel, Message.lane == claim.lane)
        rest = rest.where(Message.state.in_(("due", "later")), Message.due_at < now + pause)
        await session.execute(rest.values(due_at=now + pause))


async def recover(session: AsyncSession, office: Office, now: datetime, limit: int = 500) -> int:
    """Frees what dead workers held: their leases have ended. Returns how many."""
    query = (
        select(Message)
        .where(Message.state == "sending", or_(Message.lease_until.is_(None), Message.lease_until < now))
        .order_by(Message.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    for message in (orphans := (await session.scalars(query)).all()):
        crashed = Crashed(crossed=message.crossing_at is not None, crashes=message.crashes + 1)
        orphan = Office(office.vault, office.origin, office.sender, office.rng, message.worker or "")
        await settle(session, orphan, [(_claim_of(message), crashed)], now)
    return len(orphans)
