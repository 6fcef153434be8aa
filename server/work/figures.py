"""How the lanes stand, for whoever watches: doctor, metrics, the page of operators. Numbers and destinations, no person."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.deliver import lanes
from notices.deliver.answers import HOUR
from notices.ledger.reasons import REASONS
from notices.models import City, Due, Lane, Message, Planning
from notices.tokyo import TOKYO, wire

FOR_CLERKS: Final[Mapping[str, str]] = {
    "vapid": "この通知サービスが、市の鍵を認めません。ここを使うスマートフォンには通知が届いていません。",
    "vapid-origin": "この通知サービスが、市の鍵をどのスマートフォンにも認めません。通知は届いていません。",
    "our-fault": "この通知サービスが、こちらの送り方を誤りとして断っています。通知は届いていません。",
    "sender-refused": "メールサーバーが、市の差出人アドレスを受け付けません。",
    "login-refused": "市のメールサーバーに、ログインできません。",
    "line-refused": "LINEが、市の鍵を認めません。LINEでは届いていません。",
}
"""What leaders are asked to tell the city, in the words of whoever they tell it."""
OURS: Final = (
    "こちらで直す必要があります。システムの管理者に「kairan doctor を見てください」と伝えてください。"
)
AT_MOST_EVERY: Final = timedelta(minutes=1)
SHARE: Final = 50
"""A walk through all messages takes a fiftieth of the time at most."""
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

    @property
    def troubled(self) -> bool:
        return self.health is not None and self.health.troubles > 0

    def in_trouble(self, now: datetime) -> bool:
        """As a clerk sees it."""
        return self.troubled or self.shut(now) or self.alarm(now) is not None

    def name_may_be_told(self) -> bool:
        return self.channel != "mail" or self.waiting >= FEW

    def worst_first(self, now: datetime) -> tuple[object, ...]:
        return (not self.alarm(now), not self.shut(now), not self.troubled, -self.waiting, self.lane)

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
            return why_of(alarm)
        if row is not None and row.paused_until is not None and self.shut(now):
            until = row.paused_until.astimezone(TOKYO)
            return f"{why_of(row.reason)}{until:%H:%M}に、もう一度試します。"
        if row is not None and row.troubles:
            return f"{why_of(row.reason)}続けて{row.troubles}回うまくいっていません。"
        return "問題なく送れています。" if row is not None and row.last_ok_at else "まだ送っていません。"


def why_of(reason: str | None) -> str:
    """For clerks; "" of what we know no word for."""
    said = FOR_CLERKS.get(reason or "")
    return said + OURS if said else REASONS.get(reason or "", "")


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
    return sorted(found.values(), key=lambda each: each.worst_first(now))


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
    in_hand = select(func.count()).select_from(Message).where(lanes.IN_HAND)
    return Work(
        plans=plan[0],
        plans_stopped=plan[1],
        oldest_plan=plan[2],
        oldest_due=await session.scalar(select(func.min(Due.at))),
        in_hand=await session.scalar(in_hand) or 0,
        on_hold=await session.scalar(held) or 0,
    )


class Settled:
    """How many messages there are of each (channel, state): a walk through all of them, so it is taken rarely, and what
    it found is said again meanwhile."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._walked: datetime | None = None
        self._rest = AT_MOST_EVERY

    async def read(self, session: AsyncSession, now: datetime) -> dict[tuple[str, str], int]:
        if self._walked is None or not timedelta(0) <= now - self._walked < self._rest:
            loop = asyncio.get_running_loop()
            began = loop.time()
            query = select(Message.channel, Message.state, func.count())
            rows = await session.execute(query.group_by(Message.channel, Message.state))
            self._counts = {(channel, state): count for channel, state, count in rows}
            took = timedelta(seconds=loop.time() - began)
            self._walked, self._rest = now, max(AT_MOST_EVERY, took * SHARE)
        return self._counts
