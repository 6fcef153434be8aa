"""A minute in which workers die at random moments while circulars are published: judged from the sinks alone."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Final

import pytest

from tests.faults.test_kills import HOMES, IN_FLIGHT_MAIL, IN_FLIGHT_PUSH, PHONES, Publish, Scene, office
from tests.forked import Forked

SECONDS: Final = float(os.environ.get("KAIRAN_KILL_SECONDS", "10"))
"""`make test-long` takes the whole minute."""
LIFE: Final = (0.0, 1.5)
"""Seconds that a worker is at work."""
EVERY: Final = 3.0
"""Seconds between two circulars."""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("workers", [1, 2, 4])
async def test_workers_that_die_at_random_lose_nobody_and_double_what_was_in_flight_at_most(
    postgresql_database: str, tmp_path: Path, workers: int
) -> None:
    await _drill(postgresql_database, tmp_path, workers)


async def test_the_same_of_the_one_worker_beside_sqlite(sqlite_database: str, tmp_path: Path) -> None:
    await _drill(sqlite_database, tmp_path, 1)


async def _drill(database_url: str, folder: Path, workers: int) -> None:
    rng = random.Random(f"{database_url[:6]} {workers}")
    async with office(database_url, folder) as (it, _, publish):
        ends = monotonic() + SECONDS
        posting = asyncio.create_task(_post(publish, ends))
        kills = sum(await asyncio.gather(*(_kill(it, ends, rng) for _ in range(workers))))
        published = await posting
        assert kills >= SECONDS / 10, "they died"
        books = await it.restart_until_done()
        assert books.states.keys() <= {"sent", "unknown"}
        assert books.handed_over == books.households == HOMES * published
        letters = Counter(
            (to, letter.parsed["Message-ID"]) for letter in it.mail.messages() for to in letter.recipients
        )
        homes = Counter(to for to, _ in letters)
        without = {f"home{n}@example.jp" for n in (0, *range(PHONES + 1, HOMES))}
        assert {homes[home] for home in without} == {published}, "each has each circular, by one Message-ID"
        assert sum(letters.values()) - len(letters) <= kills * IN_FLIGHT_MAIL
        pushes = {name: Counter(_notices(it, name)) for name in (f"phone{n}" for n in range(PHONES))}
        assert {len(seen) for seen in pushes.values()} == {published}
        beyond = sum(sum(seen.values()) - len(seen) for seen in pushes.values())
        assert beyond <= kills * min(IN_FLIGHT_PUSH, PHONES)


async def _post(publish: Publish, ends: float) -> int:
    published = 0
    while monotonic() < ends:
        await publish()
        published += 1
        await asyncio.sleep(EVERY)
    return published


async def _kill(it: Scene, ends: float, rng: random.Random) -> int:
    """A worker, and whoever takes its place; → how many were killed. The last ends politely."""
    kills = 0
    while True:
        async with _at_work(it) as worker:
            await asyncio.sleep(rng.uniform(*LIFE))
            if monotonic() >= ends:
                worker.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(worker.wait(), 60) == 0
                return kills
        kills += 1


@asynccontextmanager
async def _at_work(it: Scene) -> AsyncIterator[Forked]:
    """A worker that is killed behind the block, if it has not ended by then."""
    worker = it.start("stays")
    try:
        assert await asyncio.wait_for(worker.says(), 60) == "at work\n"
        yield worker
    finally:
        if worker.returncode is None:
            worker.kill()
            assert await worker.wait() == -signal.SIGKILL


def _notices(it: Scene, name: str) -> list[str]:
    return [payload["notification"]["data"]["id"] for payload in it.push.payloads(name)]
