"""A safety check in a town that has just shaken: how long a phone waits for its answer to be kept, and the board for all.

`python -m tests.bench.town.safety [--small] [sqlite|postgresql] [steady|peak]`: real pushes over HTTP, a phone for each, at
their own times and not when the server is ready. `steady`: 500 a second for 30 s. `peak`: half of those asked answer
within ten minutes, a third of them in the second minute. With --small both with less of everything. With --minutes=3 a
peak ends after so many of its ten, each at its own rate: what comes behind the second is less and less.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import aiohttp
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select, text

from notices import ids
from notices.models import SafetyAnswer, SafetyBoard
from notices.publishing import publish
from notices.publishing.compose import Draft
from notices.town.standing import standing
from server.house import utc_now
from tests.bench.sync import town
from tests.bench.sync.lab import Kind, Lab, Site

BARS = "p99 ≤ 1,000 ms, none lost, board ≤ 5 s behind"
PEAK = (0.10, 0.34, 0.16, 0.10, 0.08, 0.06, 0.05, 0.04, 0.04, 0.03)
"""Of all who answer, who does so in each tenth of the time."""
CONNECTIONS = 2_000


@dataclass(frozen=True, slots=True)
class Load:
    """`seconds` in tenths that hold these shares of `answers`."""

    name: str
    homes: int
    answers: int
    seconds: float
    shares: Sequence[float] = (0.1,) * 10
    tenths: int = 10
    """How many of them are played."""

    def moments(self) -> Iterator[float]:
        """Seconds after the beginning at which a phone pushes, `answers` of them."""
        tenth = self.seconds / 10
        for place, share in enumerate(self.shares[: self.tenths]):
            many = round(self.answers * share)
            for n in range(many):
                yield (place + n / many) * tenth


LOADS = (Load("steady", 15_000, 15_000, 30), Load("peak", 100_000, 50_000, 600, PEAK))
SMALL = (Load("steady", 600, 600, 6), Load("peak", 1_000, 500, 10, PEAK))


@dataclass
class Seen:
    waits: list[float] = field(default_factory=list)
    refused: int = 0
    behind: float = 0.0

    def at(self, share: float) -> float:
        return sorted(self.waits)[min(len(self.waits) - 1, int(len(self.waits) * share))] * 1000


async def ask(site: Site) -> dict[str, str]:
    """Each association asks its own; → association: its safety check."""
    chairs = {home.association: home.person for home in reversed(site.town.homes)}
    return {each: await ask_one(site, each, chairs[each]) for each in site.town.associations}


async def ask_one(site: Site, association: str, chair: str) -> str:
    now = utc_now()
    draft = Draft("safety-check", "disaster", "地震です。ご無事ですか", "答えてください。")
    async with site.db.write() as session:
        by = await standing(session, town.TENANT, chair, now)
        assert by is not None
        notice = await publish.write(session, by, association, draft, now, ids.new_id())
        await publish.announce(session, by, notice, now, timedelta(0), None)
        return notice.id


async def push(http: aiohttp.ClientSession, token: str, notice: str, home: str, seen: Seen) -> None:
    said = {"notice": notice, "household": home, "state": "family-safe", "at": utc_now().isoformat()}
    id = f"sa.{notice}.{home}"
    mutation = {"mid": ids.new_id(), "t": "answers", "id": id, "op": "put", "d": said}
    headers, begin = {"Authorization": f"Bearer {token}"}, time.perf_counter()
    async with http.post(
        "/sync/v1/push?for=safety", json={"mutations": [mutation]}, headers=headers
    ) as answer:
        kept = answer.status == 200 and (await answer.json())["results"][0]["status"] == "ok"
    seen.waits.append(time.perf_counter() - begin)
    seen.refused += not kept


async def counted(site: Site) -> int:
    """Homes that the boards show as safe."""
    async with site.db.read() as session:
        boards = await session.scalars(select(SafetyBoard.counts))
        return sum(each["households"]["safe"] for each in boards)


async def caught_up(site: Site, answers: int) -> None:
    """Until the boards show all of them."""
    async with asyncio.timeout(120):
        while await counted(site) < answers:  # noqa: ASYNC110  another process writes them
            await asyncio.sleep(0.1)


async def run(site: Site, load: Load, notices: Mapping[str, str], tokens: Sequence[str]) -> Seen:
    seen, begin = Seen(), time.perf_counter()
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(site.url, connector=connector) as http, asyncio.TaskGroup() as tasks:
        for moment, token, home in zip(load.moments(), tokens, site.town.homes, strict=False):
            await asyncio.sleep(max(0.0, begin + moment - time.perf_counter()))
            tasks.create_task(push(http, token, notices[home.association], home.household, seen))
    ended = time.perf_counter()
    await caught_up(site, len(seen.waits) - seen.refused)
    seen.behind = time.perf_counter() - ended
    return seen


async def kept(site: Site) -> int:
    async with site.db.read() as session:
        return await session.scalar(select(func.count()).select_from(SafetyAnswer)) or 0


async def main(kinds: Sequence[Kind], loads: Sequence[Load], folder: Path) -> None:
    table = Table(title=f"Answers to a safety check; the bars: {BARS}")
    for heading in (
        "load",
        "on",
        "answers",
        "p50 ms",
        "p99 ms",
        "refused",
        "lost",
        "board behind, s",
        "load",
    ):
        table.add_column(heading, justify="right")
    async with Lab(folder) as lab:
        for kind in kinds:
            for load in loads:
                async with lab.site(kind, households=load.homes, worker="yes") as site:
                    people = [home.person for home in site.town.homes[: load.answers]]
                    tokens = await town.enrol(site.db, people)
                    notices = await ask(site)
                    if kind == "postgresql":
                        async with site.db.write() as session:
                            await session.execute(text("ANALYZE"))
                    seen = await run(site, load, notices, tokens)
                    sent = len(seen.waits) - seen.refused
                    lost = sent - await kept(site)
                    waits = (f"{seen.at(0.5):.0f}", f"{seen.at(0.99):.0f}")
                    said = (str(sent), *waits, str(seen.refused), str(lost), f"{seen.behind:.1f}")
                    busy = f"{os.getloadavg()[0]:.1f}"
                    table.add_row(load.name, kind, *said, busy)
                    # A peak takes eleven minutes: what is known already is not lost with the rest.
                    sys.stderr.write(f"{load.name} {kind} {' '.join(said)}, load {busy}\n")
    Console().print(table)


if __name__ == "__main__":
    asked = [each for each in sys.argv[1:] if each in ("sqlite", "postgresql")] or ["sqlite", "postgresql"]
    with tempfile.TemporaryDirectory(prefix="kairan-bench-") as made:
        loads = SMALL if "--small" in sys.argv else LOADS
        chosen = [load for load in loads if load.name in sys.argv] or loads
        tenths = [int(each.partition("=")[2]) for each in sys.argv if each.startswith("--minutes=")]
        chosen = [replace(load, tenths=tenths[0]) for load in chosen] if tenths else chosen
        asyncio.run(main(cast("list[Kind]", asked), chosen, Path(made)))
