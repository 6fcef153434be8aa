"""What became of it: each outcome written behind the fence, learned from, and told to the ledger.

Set-based: a worker that sends a thousand settles them in a handful of statements.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Select, Table, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.bounces import counting
from notices.deliver import addresses, fence, instead, lanes
from notices.deliver.in_hand import COLUMNS, Claim, Moment, claim_of
from notices.deliver.letters import Office
from notices.ladder import beginning
from notices.ledger import reach
from notices.many import Bare
from notices.models import Message
from notices.outcomes import TERMINAL, Crashed, Outcome, Released, Sent, Skipped, Transition, next_state

_NEVER: Final = ("failed", "gone", "quarantined")
"""Who was to hear by this message hears by the next channel."""
_ALIKE: Final = (Sent, Skipped)
"""What comes by the thousand, and ends all messages alike. What waits waits for each its own time."""


class _Step(NamedTuple):
    """What one answer makes of the messages of a lane that had it."""

    claims: Sequence[Claim]
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
            untried=int(isinstance(self.outcome, Released)),
            settled_at=now if self.to.state in TERMINAL else None,
        )


async def settle(
    session: AsyncSession, office: Office, given: Sequence[tuple[Claim, Outcome]], now: datetime
) -> None:
    """Writes what became of each message, of its address, and of its households. A straggler writes nothing."""
    steps = _steps(office, given, now)
    done = await fence.write(session, office, [(step.claims, step.after(now)) for step in steps])
    written = steps if len(done) == len(given) else _written(steps, done)
    outcomes = [(step.claims, step.outcome) for step in written]
    await addresses.learn(session, office.answers, outcomes, now)
    became = [(step.claims, step.outcome, step.to.state) for step in written]
    await counting.learn(session, became, now)
    answers = [(step.claims[0].channel, step.claims[0].lane, step.outcome) for step in written]
    await lanes.learn(session, answers, office.rng, now, office.seen_well)
    await _tell_ledgers(session, written, now)
    await _go_on(session, written, now)


def _steps(office: Office, given: Sequence[tuple[Claim, Outcome]], now: datetime) -> Sequence[_Step]:
    alike: dict[tuple[str, str, str, Outcome], list[Claim]] = defaultdict(list)
    apart: list[_Step] = []
    for claim, outcome in given:
        if isinstance(outcome, _ALIKE):
            alike[claim.channel, claim.lane, claim.urgency, outcome].append(claim)
        else:
            apart.append(_Step([claim], outcome, _next(office, claim, outcome, now)))
    steps = [
        _Step(claims, outcome, _next(office, claims[0], outcome, now))
        for (_, _, _, outcome), claims in alike.items()
    ]
    return steps + apart


def _written(steps: Sequence[_Step], done: set[fence.Key]) -> Sequence[_Step]:
    """What of them was still ours."""
    ours = [
        step._replace(claims=[claim for claim in step.claims if (claim.tenant, claim.id) in done])
        for step in steps
    ]
    return [step for step in ours if step.claims]


async def _go_on(session: AsyncSession, written: Sequence[_Step], now: datetime) -> None:
    """Where a message was lost: what is urgent goes by another way at once, what is not by the home's ladder."""
    urgent: dict[str, list[str]] = defaultdict(list)
    lost: dict[str, list[str]] = defaultdict(list)
    for claims, outcome, to in written:
        if instead.is_called_for(claims[0], outcome, to):
            into = urgent
        elif claims[0].urgency == "ordinary" and to.state in _NEVER:
            into = lost
        else:
            continue
        for claim in claims:
            into[claim.tenant].append(claim.id)
    for tenant, ids in sorted(urgent.items()):
        await instead.start(session, tenant, ids, now)
    for tenant, ids in sorted(lost.items()):
        await beginning.fall(session, tenant, ids, now)


async def _tell_ledgers(session: AsyncSession, written: Sequence[_Step], now: datetime) -> None:
    """Of a tenant at once, so that its households are locked in one order."""
    sent: dict[str, list[Bare]] = defaultdict(list)
    lost: dict[str, dict[Bare, str]] = defaultdict(dict)
    for claims, _, to in written:
        if to.state == "sent":
            for claim in claims:
                sent[claim.tenant].append(claim.bare)
        elif to.state in TERMINAL:
            for claim in claims:
                lost[claim.tenant][claim.bare] = to.reason
    for tenant in sorted(sent.keys() | lost.keys()):
        await reach.settled(session, tenant, sent[tenant], lost[tenant], now)


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
    orphans = (await session.execute(_orphans(), {"now": now.database, "most": limit})).all()
    by_worker: dict[str, list[tuple[Claim, Outcome]]] = defaultdict(list)
    for worker, crossed, *row in orphans:
        claim = claim_of(row)
        crashed = Crashed(crossed=crossed, crashes=claim.crashes + 1)
        by_worker[worker or ""].append((claim, crashed))
    for worker, outcomes in sorted(by_worker.items()):
        await settle(session, replace(office, worker=worker), outcomes, now.ours)
    return len(orphans)


@cache
def _orphans() -> Select[*tuple[Any, ...]]:
    c = cast(Table, Message.__table__).c
    query = select(c.worker, c.crossing_at.is_not(None), *COLUMNS)
    query = query.where(lanes.IN_HAND, c.lease_until < bindparam("now"))
    query = query.order_by(c.lease_until).limit(bindparam("most"))
    return query.with_for_update(skip_locked=True)
