"""What became of it: each outcome written behind the fence, learned from, and told to the ledger.

Set-based: a worker that sends a thousand settles them in a handful of statements.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.bounces import counting
from notices.deliver import addresses, fence, instead, lanes
from notices.deliver.claim import Claim, Moment, claim_of
from notices.deliver.letters import Office
from notices.ladder import beginning
from notices.ledger import reach
from notices.models import Message
from notices.outcomes import TERMINAL, Crashed, Outcome, Transition, next_state

_NEVER: Final = ("failed", "gone", "quarantined")
"""Who was to hear by this message hears by the next channel."""


@dataclass(frozen=True, slots=True)
class _Step:
    claim: Claim
    outcome: Outcome
    to: Transition

    def after(self, now: datetime) -> fence.After:
        crashed = isinstance(self.outcome, Crashed)
        doubt = self.to.reason == "unanswered" or (isinstance(self.outcome, Crashed) and self.outcome.crossed)
        return fence.After(
            state=self.to.state,
            due_at=self.to.due_at,
            reason=self.to.reason or None,
            code=getattr(self.outcome, "code", None),
            doubt=int(doubt),
            crash=int(crashed),
            settled_at=now if self.to.state in TERMINAL else None,
        )


async def settle(
    session: AsyncSession, office: Office, given: Sequence[tuple[Claim, Outcome]], now: datetime
) -> None:
    """Writes what became of each message, of its address, and of its households. A straggler writes nothing."""
    steps = [_Step(claim, outcome, _next(office, claim, outcome, now)) for claim, outcome in given]
    done = await fence.write(session, office, [(step.claim, step.after(now)) for step in steps])
    written = [step for step in steps if (step.claim.tenant, step.claim.id) in done]
    outcomes = [(step.claim, step.outcome) for step in written]
    await addresses.learn(session, office.answers, outcomes, now)
    await counting.learn(session, [(step.claim, step.outcome, step.to.state) for step in written], now)
    answers = [(claim.channel, claim.lane, outcome) for claim, outcome in outcomes]
    await lanes.learn(session, answers, office.rng, now)
    await _tell_ledgers(session, written, now)
    await _go_on(session, written, now)


async def _go_on(session: AsyncSession, written: Sequence[_Step], now: datetime) -> None:
    """Where a message was lost: what is urgent goes by another way at once, what is not by the home's ladder."""
    urgent: dict[str, list[str]] = defaultdict(list)
    lost: dict[str, list[str]] = defaultdict(list)
    for step in written:
        if instead.is_called_for(step.claim, step.outcome, step.to):
            urgent[step.claim.tenant].append(step.claim.id)
        elif step.claim.urgency == "ordinary" and step.to.state in _NEVER:
            lost[step.claim.tenant].append(step.claim.id)
    for tenant, ids in sorted(urgent.items()):
        await instead.start(session, tenant, ids, now)
    for tenant, ids in sorted(lost.items()):
        await beginning.fall(session, tenant, ids, now)


async def _tell_ledgers(session: AsyncSession, written: Sequence[_Step], now: datetime) -> None:
    """Of a tenant at once, so that its households are locked in one order."""
    ended: dict[str, dict[str, str | None]] = defaultdict(dict)
    for step in written:
        if step.to.state in TERMINAL:
            ended[step.claim.tenant][step.claim.id] = None if step.to.state == "sent" else step.to.reason
    for tenant, messages in sorted(ended.items()):
        await reach.settled(session, tenant, messages, now)


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
