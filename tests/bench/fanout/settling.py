"""The ledger alone: rows planned, and rows settled, in the sizes in which a worker does it. Nothing is sent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from random import Random
from statistics import median

from sqlalchemy import select, text

from notices import deliver
from notices.deliver import Claim, Office
from notices.deliver.in_hand import COLUMNS, claim_of
from notices.models import Message
from notices.outcomes import Sent
from server.house import utc_now
from server.processes.run import _spare_the_collector
from server.work.clerk import MOST
from tests.bench.fanout import judged
from tests.bench.fanout.scene import Scene, everybody, mailbox, scene
from tests.bench.sync import Row, no_less, no_more, told
from tests.bench.sync.lab import Kind, Lab

WORKER = "bench"
KINDS: tuple[tuple[Kind, str], ...] = (("sqlite", "SQLite"), ("postgresql", "PostgreSQL"))


async def rows(lab: Lab) -> list[Row]:
    people = 100_000 if lab.big else 4_000
    found = [row for kind, name in KINDS for row in await measured(lab, kind, name, people)]
    return judged(found, big=lab.big)


async def measured(lab: Lab, kind: Kind, name: str, people: int) -> list[Row]:
    _spare_the_collector()
    async with scene(lab, kind, people, everybody(mailbox)) as here:
        clock, cpu = time.perf_counter(), time.process_time()
        await here.publish()
        await here.plan_all()
        clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
        rates = await _settled(here)
        each = here.made.people
    rows = f"rows settled, {MOST:,} at a time, {name}"
    return [
        no_more(f"{each:,} people planned and nothing else, {name}", clock, "s", 3),
        told("… of it CPU of the planner", cpu, "s"),
        no_less(rows, rates[0], "/s", 50_000),
        told(rows, rates[1], "/s of CPU"),
    ]


async def _settled(here: Scene) -> tuple[float, float]:
    """Rows per second by the clock, and by our CPU; medians of the transactions."""
    office = Office(here.vault, "https://kairan.example.jp", "kairan@example.jp", Random(1), WORKER)
    clocks: list[float] = []
    cpus: list[float] = []
    for claims in _together(await _claimed(here)):
        clock, cpu = time.perf_counter(), time.process_time()
        async with here.db.write() as session:
            await deliver.settle(session, office, [(claim, Sent(250)) for claim in claims], utc_now())
        clocks.append(len(claims) / (time.perf_counter() - clock))
        cpus.append(len(claims) / (time.process_time() - cpu))
    assert await here.all_sent() == here.made.people
    return median(clocks), median(cpus)


async def _claimed(here: Scene) -> Sequence[Claim]:
    """All of them in one worker's hands, in the order of planning."""
    async with here.db.write() as session:
        statement = "UPDATE message SET state = 'sending', due_at = NULL, attempt = 1, worker = :worker"
        await session.execute(text(statement), {"worker": WORKER})
    async with here.db.read() as session:
        found = await session.execute(select(*COLUMNS).order_by(Message.id))
        return [claim_of(row) for row in found]


def _together(claims: Sequence[Claim]) -> Iterator[Sequence[Claim]]:
    for start in range(0, len(claims), MOST):
        yield claims[start : start + MOST]
