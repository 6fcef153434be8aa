"""A founded town with something to send, and a look at its ledger from outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from sqlalchemy import exists, func, or_, select, text

from notices.deliver import lanes
from notices.models import Block, Delivery, Message, Planning
from notices.planning import plan
from notices.roster.rows import PersonRow
from notices.vault import Vault
from server import keys
from server.db import Database
from server.demo.census import Way
from server.demo.populating import Populated, Ways, populate
from server.house import utc_now
from server.migrate import upgrade
from tests.bench.fanout import press
from tests.bench.sync.lab import Kind, Lab
from tests.h2sink import H2Sink

TENANT = "hana"
DOMAINS = 5
"""Of mail, in a town where everybody has a mailbox."""
LOOK = 0.1


def phones(sink: H2Sink) -> Callable[[str], Way]:
    def push(name: str) -> Way:
        phone = sink.subscribe(f"p{name}")
        return Way.push(sink.origin, phone.endpoint, phone.p256dh, phone.auth)

    return push


def mailbox(number: str) -> Way:
    return Way.mail(f"person{number}@lane{int(number) % DOMAINS}.example.jp")


def everybody(*ways: Callable[[str], Way]) -> Ways:
    """Each person has one address of each of these, and shares none."""

    def given(_random: Random, person: PersonRow) -> list[Way]:
        return [way(person.number) for way in ways]

    return given


@dataclass(frozen=True)
class Scene:
    """`db` is a connection of our own to the same database."""

    kind: Kind
    url: str
    folder: Path
    db: Database
    vault: Vault
    made: Populated

    async def publish(self, **said: object) -> str:
        """By us, whom no worker hears: it finds it by itself, or is told later."""
        async with self.db.write() as session:
            return await press.publish(session, utc_now(), **self.speaker, **said)  # type: ignore[arg-type]

    @property
    def speaker(self) -> dict[str, str]:
        return {"tenant": TENANT, "association": self.made.association, "president": self.made.president}

    async def plan_all(self) -> float:
        """As the worker plans, and nothing else meanwhile; the seconds."""
        began = time.perf_counter()
        while True:
            async with self.db.write() as session:
                planning = await plan.next_open(session, utc_now())
                if planning is None:
                    return time.perf_counter() - began
                await plan.chunk(session, planning, utc_now())

    async def planned(self) -> None:
        """Until every planning is closed."""
        closed = ~exists().where(Planning.closed_at.is_(None))
        while not await self._is(closed):  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(LOOK)

    async def settled(self) -> None:
        """Until nothing waits any more, and nothing is in anybody's hands."""
        quiet = ~or_(exists().where(Message.due_at.is_not(None)), exists().where(lanes.IN_HAND))
        while not await self._is(quiet):  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(LOOK)

    async def _is(self, said: object) -> bool:
        async with self.db.read() as session:
            return bool(await session.scalar(select(said)))  # type: ignore[call-overload]

    async def outcomes(self) -> dict[str, int]:
        async with self.db.read() as session:
            rows = await session.execute(select(Message.state, func.count()).group_by(Message.state))
            return {state: count for state, count in rows}

    async def all_sent(self) -> int:
        """How many; everything else would not be what was to be measured."""
        states = await self.outcomes()
        assert states.keys() <= {"sent"}, states
        return states["sent"]

    async def none_due(self) -> None:
        """A town to which nobody writes."""
        async with self.db.write() as session:
            await session.execute(text("UPDATE message SET state = 'sent', due_at = NULL"))

    async def again(self) -> None:
        """All messages are due once more, and no home has got anything."""
        async with self.db.write() as session:
            for statement in _AGAIN:
                await session.execute(text(statement))

    async def call_it(self, urgency: str) -> None:
        async with self.db.write() as session:
            for table in ("message", "notice"):
                statement = text(f"UPDATE {table} SET urgency = :urgency")
                await session.execute(statement, {"urgency": urgency})

    async def only(self, *channels: str) -> None:
        """Everybody's other addresses are switched off; and nothing of before is left."""
        async with self.db.write() as session:
            for statement in (
                "DELETE FROM message",
                "DELETE FROM delivery",
                "UPDATE address SET state = 'off'",
            ):
                await session.execute(text(statement))
        for channel in channels:
            await self.switch_on(channel)

    async def switch_on(self, channel: str) -> None:
        async with self.db.write() as session:
            said = text("UPDATE address SET state = 'live' WHERE channel = :channel")
            await session.execute(said, {"channel": channel})

    async def waiting(self, urgency: str, but: str = "") -> int:
        """Messages that are not settled, outside the lane `but`."""
        open_ = or_(Message.due_at.is_not(None), lanes.IN_HAND)
        query = select(func.count()).where(open_, Message.urgency == urgency, Message.lane != but)
        async with self.db.read() as session:
            return await session.scalar(query.select_from(Message)) or 0

    async def late(self, notice: str, since: datetime, but: str = "") -> dict[str, list[float]]:
        """Channel → how long after `since` each message of it was settled, in seconds, ascending; but that lane's."""
        carried = select(Delivery.message).where(Delivery.notice == notice)
        query = select(Message.channel, Message.settled_at).where(
            Message.id.in_(carried), Message.lane != but
        )
        found: dict[str, list[float]] = {}
        async with self.db.read() as session:
            for channel, at in await session.execute(query):
                assert at is not None, "all of them are settled"
                found.setdefault(channel, []).append((at - since).total_seconds())
        return {channel: sorted(each) for channel, each in found.items()}

    async def blocks(self, count: int) -> Sequence[str]:
        async with self.db.read() as session:
            return (await session.scalars(select(Block.id).order_by(Block.position).limit(count))).all()


_AGAIN = (
    "UPDATE message SET state = 'due', due_at = created_at, attempt = 0, code = NULL, reason = NULL, "
    "settled_at = NULL, crossing_at = NULL",
    "UPDATE notice_household SET handed_over_at = NULL",
    "DELETE FROM due",
)


def p95(ascending: Sequence[float]) -> float:
    return ascending[int(len(ascending) * 0.95)]


@asynccontextmanager
async def scene(lab: Lab, kind: Kind, people: int, ways: Ways) -> AsyncIterator[Scene]:
    folder = lab.folder / f"scene-{time.monotonic_ns()}"
    await asyncio.to_thread(folder.mkdir)
    url = await lab.postgresql() if kind == "postgresql" else f"sqlite+aiosqlite:///{folder / 'kairan.db'}"
    await asyncio.to_thread(upgrade, url)
    vault = keys.make(folder / "kairan.secret").vault
    db = Database(url, vault)
    try:
        made = await populate(db, vault, TENANT, people, ways, utc_now())
        if kind == "postgresql":
            # As autovacuum would have it by the time anybody first publishes to a town.
            await _analyze(db)
        yield Scene(kind, url, folder, db, vault, made)
    finally:
        await db.close()


async def _analyze(db: Database) -> None:
    """What has rows. Of an empty table PostgreSQL assumes a few pages, until somebody says that it is empty."""
    async with db.write() as session:
        query = "SELECT relname FROM pg_stat_user_tables WHERE pg_relation_size(relid) > 0"
        for table in (await session.scalars(text(query))).all():
            await session.execute(text(f'ANALYZE "{table}"'))
