"""What became of it: each outcome written behind the fence, learned from, and told to the ledger.

Set-based: a worker that sends a thousand settles them in a handful of statements.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Update, and_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import reach
from notices.deliver import lanes
from notices.deliver.claim import Claim, Moment, claim_of, lease
from notices.deliver.letters import Office
from notices.ladder import beginning
from notices.models import Address, Message
from notices.outcomes import (
    TERMINAL,
    Crashed,
    Gone,
    Outcome,
    Refused,
    Sent,
    Transition,
    next_state,
)

VAPID_REFUSALS: Final = 3
"""403 so often in a row from one subscription, and the subscription is taken for dead."""
NEVER: Final = ("failed", "gone", "quarantined")
"""Who was to hear by this message hears by the next channel."""
_AT_ONCE: Final = 400
"""Messages in one statement."""


@dataclass(frozen=True, slots=True)
class _Step:
    claim: Claim
    outcome: Outcome
    to: Transition

    def values(self, now: datetime) -> dict[str, object]:
        """What is the same for many can be written at once; see `_write`."""
        doubt = self.to.reason == "unanswered" or (isinstance(self.outcome, Crashed) and self.outcome.crossed)
        return {
            "state": self.to.state,
            "due_at": self.to.due_at,
            "reason": self.to.reason or None,
            "code": getattr(self.outcome, "code", None),
            "doubts": Message.doubts + int(doubt),
            "crashes": Message.crashes + int(isinstance(self.outcome, Crashed)),
            "settled_at": now if self.to.state in TERMINAL else None,
            "lease_until": None,
            "worker": None,
        }


async def settle(
    session: AsyncSession, office: Office, outcomes: Sequence[tuple[Claim, Outcome]], now: datetime
) -> None:
    """Writes what became of each message, of its address, and of its households. A straggler writes nothing."""
    steps = [_Step(claim, outcome, _next(office, claim, outcome, now)) for claim, outcome in outcomes]
    done = await _write(session, office, steps, now)
    written = [step for step in steps if (step.claim.tenant, step.claim.id) in done]
    sent: dict[str, list[str]] = defaultdict(list)
    lost: dict[tuple[str, str], list[str]] = defaultdict(list)
    for step in written:
        if step.to.state == "sent":
            sent[step.claim.tenant].append(step.claim.id)
        elif step.to.state in TERMINAL:
            lost[step.claim.tenant, step.to.reason].append(step.claim.id)
    await _learn(session, written, now)
    answers = [(step.claim.channel, step.claim.lane, step.outcome) for step in written]
    await lanes.learn(session, answers, office.rng, now)
    for tenant, ids in sorted(sent.items()):
        await reach.handed_over(session, tenant, ids, now)
    for (tenant, reason), ids in sorted(lost.items()):
        await reach.failed(session, tenant, ids, reason, now)
    for tenant in sorted({step.claim.tenant for step in written}):
        dead = [step.claim.id for step in written if step.to.state in NEVER and step.claim.tenant == tenant]
        if dead:
            await beginning.fall(session, tenant, dead, now)


def _next(office: Office, claim: Claim, outcome: Outcome, now: datetime) -> Transition:
    return next_state(
        "sending",
        claim.attempt,
        outcome,
        channel=claim.channel,
        urgency=claim.urgency,
        now=now,
        rng=office.rng,
        crossed_before=claim.doubts > 0,
    )


async def _write(
    session: AsyncSession, office: Office, steps: Sequence[_Step], now: datetime
) -> set[tuple[str, str]]:
    """The (tenant, id) that were still ours. Those that went well, which are nearly all, go in one statement."""
    alike: dict[object, list[_Step]] = defaultdict(list)
    for step in sorted(steps, key=lambda step: (step.claim.tenant, step.claim.id)):
        code = getattr(step.outcome, "code", None)
        key = ("sent", code) if step.to.state == "sent" else (step.claim.tenant, step.claim.id)
        alike[key].append(step)
    done: set[tuple[str, str]] = set()
    for group in alike.values():
        for start in range(0, len(group), _AT_ONCE):
            some = group[start : start + _AT_ONCE]
            rows = _ours(office, [step.claim for step in some]).values(some[0].values(now))
            found = await session.execute(rows.returning(Message.tenant, Message.id))
            done |= {(tenant, id) for tenant, id in found}
    return done


def _ours(office: Office, claims: Sequence[Claim]) -> Update:
    """The fence: a message that another worker has taken over since is not touched."""
    mine = tuple_(Message.tenant, Message.id, Message.attempt).in_(
        [(claim.tenant, claim.id, claim.attempt) for claim in claims]
    )
    rows = update(Message).where(mine, Message.worker == office.worker, Message.state == "sending")
    return rows.execution_options(synchronize_session=False)


async def _learn(session: AsyncSession, steps: Sequence[_Step], now: datetime) -> None:
    """What outcomes say about addresses."""
    well = [step.claim for step in steps if isinstance(step.outcome, Sent)]
    if well:
        await session.execute(_addresses(well, Address.failures > 0).values(failures=0))
    # A subscription that its own service calls dead is dead; a mailbox is suppressed by slower rules.
    for step in steps:
        if isinstance(step.outcome, Gone) and step.claim.channel == "push":
            dead = _addresses([step.claim], Address.state == "live")
            await session.execute(dead.values(state="gone", reason=step.outcome.reason, changed_at=now))
        elif isinstance(step.outcome, Refused) and step.outcome.reason == "vapid":
            await _count_refusal(session, step.claim, now)


def _addresses(claims: Sequence[Claim], only: ColumnElement[bool]) -> Update:
    keys = [(claim.tenant, claim.address) for claim in claims]
    rows = update(Address).where(tuple_(Address.tenant, Address.id).in_(keys), only)
    return rows.execution_options(synchronize_session=False)


async def _count_refusal(session: AsyncSession, claim: Claim, now: datetime) -> None:
    again = Address.failures + 1
    await session.execute(_addresses([claim], Address.state == "live").values(failures=again))
    dead = _addresses([claim], and_(Address.failures >= VAPID_REFUSALS, Address.state == "live"))
    await session.execute(dead.values(state="gone", reason="vapid", changed_at=now))


async def cross(
    session: AsyncSession, office: Office, claims: Sequence[Claim], now: Moment
) -> Collection[str]:
    """Notes that these are about to pass the point of doubt; returns the ids that are still ours to send."""
    ours: list[str] = []
    for span, some in _by_lease(claims):
        rows = _ours(office, some).values(crossing_at=now.ours, lease_until=now.database + span)
        ours += (await session.scalars(rows.returning(Message.id))).all()
    return ours


async def renew(session: AsyncSession, office: Office, claims: Sequence[Claim], now: Moment) -> None:
    """Keeps the lease of what is still in hand."""
    for span, some in _by_lease(claims):
        await session.execute(_ours(office, some).values(lease_until=now.database + span))


def _by_lease(claims: Sequence[Claim]) -> Iterator[tuple[timedelta, Sequence[Claim]]]:
    """Groups that one statement can take."""
    spans: dict[timedelta, list[Claim]] = defaultdict(list)
    for claim in claims:
        spans[lease(claim.urgency)].append(claim)
    for span, some in spans.items():
        for start in range(0, len(some), _AT_ONCE):
            yield span, some[start : start + _AT_ONCE]


async def recover(session: AsyncSession, office: Office, now: Moment, limit: int = 500) -> int:
    """Frees what dead workers held: their leases have ended. Returns how many."""
    query = (
        select(Message)
        .where(Message.state == "sending", Message.lease_until < now.database)
        .order_by(Message.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    by_worker: dict[str, list[tuple[Claim, Outcome]]] = defaultdict(list)
    orphans = (await session.scalars(query)).all()
    for message in orphans:
        crashed = Crashed(crossed=message.crossing_at is not None, crashes=message.crashes + 1)
        by_worker[message.worker or ""].append((claim_of(message), crashed))
    for worker, outcomes in sorted(by_worker.items()):
        await settle(session, replace(office, worker=worker), outcomes, now.ours)
    return len(orphans)
