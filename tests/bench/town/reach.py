"""What the ledger costs where an association has 500 households: its page, the doors left, the spreadsheet, the sheets.

`python -m tests.bench.town.reach [HOUSEHOLDS]`: on SQLite and on PostgreSQL, over HTTP inside the process; on SQLite the CPU
time is all of it.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, update

from notices.models import Block, Household, NoticeHousehold
from server.demo.census import Census
from tests.bench.town.both import both
from tests.journeys.story import PRESIDENT
from tests.phone import Phone
from tests.town import TENANT, Town, town

BAR_MS = 30
ROUNDS = 40
IN_A_BLOCK = 20


async def fill(here: Town, households: int) -> None:
    """Beside the seven homes of the small town; one in three is on paper."""
    census = Census(TENANT, here.house.keys.vault, here.clock())
    for place in range(0, households - 7, IN_A_BLOCK):
        block = census.add(Block, association=here.sakura, name=f"{place}組", position=100 + place)
        for walk in range(min(IN_A_BLOCK, households - 7 - place)):
            census.add(
                Household,
                association=here.sakura,
                block=block,
                walk=walk + 1,
                number=f"N{place + walk}",
                name=f"家{place + walk}",
                joined_at=here.clock(),
                paper=walk % 3 == 0,
            )
    async with here.house.db.write() as session:
        await census.write(session)


async def stamp_half(here: Town, notice: str) -> None:
    row = NoticeHousehold
    rows = update(row).where(row.notice == notice, func.abs(row.walk) % 2 == 0)
    proof = {"stamped_at": here.clock(), "stamped_how": "told", "stamped_by": here.people[PRESIDENT]}
    async with here.house.db.write() as session:
        await session.execute(rows.values(proof).execution_options(synchronize_session=False))


async def timed(ask: Callable[[], Awaitable[httpx.Response]]) -> tuple[float, float, int]:
    """Median of wall and of CPU in ms, and the bytes of the answer."""
    walls, cpus, size = [], [], 0
    for _ in range(ROUNDS):
        wall, cpu = perf_counter(), process_time()
        answer = await ask()
        walls.append((perf_counter() - wall) * 1000)
        cpus.append((process_time() - cpu) * 1000)
        assert answer.status_code == 200, answer.text
        size = len(answer.content)
    return median(walls), median(cpus), size


def asked(president: Phone, notice: str) -> dict[str, Callable[[], Awaitable[httpx.Response]]]:
    n, http = f"/api/v1/notices/{notice}", president.http
    return {
        "reach": lambda: http.get(f"{n}/reach"),
        "walking list": lambda: http.get(f"{n}/walking-list"),
        "reach.csv": lambda: http.get(f"{n}/reach.csv", params={"encoding": "cp932"}),
        "who is on paper": lambda: http.get(f"{n}/sheet"),
        "sheets printed again": lambda: http.post(f"{n}/sheet"),
    }


async def measured(url: str, folder: Path, households: int) -> list[tuple[str, float, float, int]]:
    async with town(url, folder) as here:
        president = await here.phone(PRESIDENT)
        await fill(here, households)
        notice = (await here.post(president))["id"]
        await here.work()
        await stamp_half(here, notice)
        return [(name, *await timed(ask)) for name, ask in asked(president, notice).items()]


async def main(households: int) -> None:
    table = Table(title=f"{households} households, median of {ROUNDS}; the bar of reach: {BAR_MS} ms")
    for heading in ("database", "asked", "ms", "ms of CPU", "KiB"):
        table.add_column(heading, justify="left" if heading in ("database", "asked") else "right")
    async for kind, url, folder in both():
        for name, wall, cpu, size in await measured(url, folder, households):
            table.add_row(kind, name, f"{wall:.1f}", f"{cpu:.1f}", f"{size / 1024:.0f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
