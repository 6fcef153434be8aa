"""How the lanes stand, for whoever watches: doctor, metrics, the page of operators. Numbers and destinations, no person."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.deliver import lanes
from notices.deliver.answers import HOUR
from notices.ledger.reasons import REASONS
from notices.models import City, Due, Lane, Message, Planning
from notices.tokyo import TOKYO, wire

FEW: Final = 10
"""Fewer messages to one mail domain may be one family's: its name is kept from metrics."""


@dataclass(frozen=True, slots=True)
class Queue:
    waiting: int
    oldest_due: datetime


@dataclass(slots=True)
class Standing:
    """One destination: what waits there by urgency, and its health (None: it never had a word to say)."""

    channel: str
    lane: str
    queues: dict[str, Queue] = field(default_factory=dict)
    health: Lane | None = None

    @property
    def waiting(self) -> int:
        return sum(queue.waiting for queue in self.queues.values())

    def shut(self, now: datetime) -> bool:
        return lanes.is_shut(self.health, now, express=False)

    def alarm(self, now: datetime) -> str | None:
        row = self.health
        return row.alarm if row and row.alarm and row.alarm_at and now - row.alarm_at < HOUR else None

    def name_may_be_told(self) -> bool:
        return self.channel != "mail" or self.waiting >= FEW

    def as_json(self, now: datetime) -> dict[str, Any]:
        row = self.health
        return {
            "channel": self.channel,
            "lane": self.lane,
            "waiting": {urgency: queue.waiting for urgency, queue in sorted(self.queues.items())},
            "oldestDue": wire(min((queue.oldest_due for queue in self.queues.values()), default=None)),
            "pausedUntil": wire(row.paused_until) if row and self.shut(now) else None,
            "troubles": row.troubles if row else 0,
            "lastOkAt": wire(row.last_ok_at) if row else None,
            "lastTroubleAt": wire(row.last_trouble_at) if row else None,
            "alarm": self.alarm(now),
            "sentence": self.sentence(now),
        }

    def sentence(self, now: datetime) -> str:
        """For a clerk: how it stands, and what is to be done."""
        row = self.health
        if alarm := self.alarm(now):
            return REASONS[alarm]
        if row is not None and row.paused_until is not None and self.shut(now):
            until = row.paused_until.astimezone(TOKYO)
            why = REASONS.get(row.reason or "", "")
            return f"{why}{until:%H:%M}に、もう一度試します。"
        if row is not None and row.troubles:
            return f"{REASONS.get(row.reason or '', '')}続けて{row.troubles}回うまくいっていません。"
        return "問題なく送れています。" if row is not None and row.last_ok_at else "まだ送っていません。"


async def standings(session: AsyncSession, now: datetime) -> list[Standing]:
    """Every destination that something waits for or that has a health of its own; the worst first."""
    found: dict[tuple[str, str], Standing] = {}
    waiting = (
        select(Message.channel, Message.lane, Message.urgency, func.count(), func.min(Message.due_at))
        .where(Message.due_at.is_not(None))
        .group_by(Message.channel, Message.lane, Message.urgency)
    )
    for channel, lane, urgency, count, oldest in await session.execute(waiting):
        standing = found.setdefault((channel, lane), Standing(channel, lane))
        standing.queues[urgency] = Queue(count, oldest or now)
    for row in await session.scalars(select(Lane)):
        found.setdefault((row.channel, row.name), Standing(row.channel, row.name)).health = row
    return sorted(
        found.values(), key=lambda each: (not each.alarm(now), not each.shut(now), -each.waiting, each.lane)
    )


@dataclass(frozen=True, slots=True)
class Work:
    """What is not yet a message. Times: of the oldest."""

    plans: int
    plans_stopped: int
    oldest_plan: datetime | None
    oldest_due: datetime | None
    in_hand: int
    on_hold: int


async def work(session: AsyncSession) -> Work:
    plans = select(func.count(), func.count(Planning.stopped), func.min(Planning.created_at))
    plan = (await session.execute(plans.where(Planning.closed_at.is_(None)))).one()
    held = select(func.count()).select_from(City).where(City.on_hold.is_(True))
    in_hand = select(func.count()).select_from(Message).where(Message.lease_until.is_not(None))
    return Work(
        plans=plan[0],
        plans_stopped=plan[1],
        oldest_plan=plan[2],
        oldest_due=await session.scalar(select(func.min(Due.at))),
        in_hand=await session.scalar(in_hand) or 0,
        on_hold=await session.scalar(held) or 0,
    )


async def settled(session: AsyncSession) -> dict[tuple[str, str], int]:
    """(channel, state) → messages: a walk through all of them, so ask rarely."""
    query = select(Message.channel, Message.state, func.count()).group_by(Message.channel, Message.state)
    return {(channel, state): count for channel, state, count in await session.execute(query)}
