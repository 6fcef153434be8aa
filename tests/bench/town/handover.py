"""A handover of every seat of a large association, and a search among 10,000 notices: over HTTP, inside one process.

`python -m tests.bench.town.handover`: on SQLite and on PostgreSQL; the processor is that of this process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from notices import ids
from notices.models import Notice
from tests.bench.fanout.press import BODY
from tests.bench.town.both import both
from tests.journeys.story import PRESIDENT, import_roster
from tests.phone import Phone
from tests.town import SAKURA, TENANT, Town, town

BLOCKS, HOMES, OFFICERS = 25, 20, 12
"""500 homes; every block has a leader, beside the president and the officers."""
NOTICES = 10_000
ROUNDS = 9
BAR_MS = 200


def roster() -> str:
    """The small town and a large one around it, each leader and officer in office."""
    lines = [SAKURA.rstrip("\n")]
    for number in range(BLOCKS * HOMES):
        block, walk = divmod(number, HOMES)
        title = "班長" if walk == 0 else "役員" if walk == 1 and block < OFFICERS else ""
        term = "2026-04-01,2027-03-31" if title else ","
        lines.append(
            f"{block + 10}班,{walk + 1},{number + 1000},家{number},,,{number + 1000},住民 {number},,1950,,,{title},{term}"
        )
    return "\n".join(lines) + "\n"


async def timed(
    rounds: int, ask: Callable[[], Awaitable[httpx.Response]], status: int
) -> tuple[float, float]:
    """(wall, CPU) in ms, the median."""
    wall, cpu = [], []
    for _ in range(rounds):
        began, spent = time.perf_counter(), time.process_time()
        answer = await ask()
        wall.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - spent) * 1000)
        assert answer.status_code == status, answer.text
    return median(wall), median(cpu)


async def everybody_changes(president: Phone, path: str) -> tuple[tuple[float, float], int]:
    """The press, nine times, each taken back."""
    stands = (await president.http.get(path)).json()
    people = (await president.http.get(path.replace("handover", "people"))).json()["households"]
    pool = iter([home["people"][0]["id"] for home in people][3:])
    seats = [
        {"seat": seat["id"], "people": [next(pool) for _ in seat["holders"] or [None]]}
        for seat in stands["seats"]
    ]
    wall, cpu = [], []
    for _ in range(ROUNDS):
        body = {"begins": "2027-04-01", "overlapWeeks": 2, "seats": seats}
        one = await timed(1, lambda body=body: president.http.post(path, json=body), 201)  # type: ignore[misc]
        assert (await president.http.delete(path)).status_code == 204
        wall.append(one[0])
        cpu.append(one[1])
    return (median(wall), median(cpu)), sum(len(seat["people"]) for seat in seats)


async def write_years(here: Town) -> None:
    now = here.clock()
    rows = [
        {
            "tenant": TENANT,
            "id": ids.new_id(),
            "association": here.sakura,
            "kind": "circular",
            "topic": "events",
            "title": f"{number}号 {'そうじ' if number % 50 == 0 else '回覧'}のお知らせ",
            "body": BODY,
            "state": "published",
            "author": here.people[PRESIDENT],
            "author_name": PRESIDENT,
            "author_title": "会長",
            "created_at": now - timedelta(hours=20 * number),
            "published_at": now - timedelta(hours=20 * number),
        }
        for number in range(NOTICES)
    ]
    async with here.house.db.write() as session:
        await session.execute(insert(Notice), rows, execution_options={"journalled": True})


async def measured(url: str, folder: Path) -> list[tuple[str, float, float, str]]:
    async with town(url, folder) as here:
        president = await here.phone(PRESIDENT)
        answer = await import_roster(president, here.sakura, roster())
        assert answer.status_code == 200, answer.text
        association = f"/api/v1/associations/{here.sakura}"
        handover, changed = await everybody_changes(president, f"{association}/handover")
        rows = [(f"handover of {changed} seats, 500 homes", *handover, f"{BAR_MS} ms")]
        await write_years(here)
        for name, asked in (
            ("search, 200 of 10,000 notices", {"q": "ソウジ"}),
            ("search, nothing found", {"q": "盆おどり"}),
            ("search, a year", {"q": "そうじ お知らせ", "year": "2020"}),
        ):
            took = await timed(
                ROUNDS,
                lambda asked=asked: president.http.get(f"{association}/notices", params=asked),  # type: ignore[misc]
                200,
            )
            rows.append((name, *took, ""))
        return rows


async def main() -> None:
    table = Table(title="seats and years, ms")
    for head in ("database", "measured", "wall", "processor", "bar"):
        table.add_column(head, justify="left" if head in ("database", "measured", "bar") else "right")
    async for kind, url, folder in both():
        for name, wall, cpu, bar in await measured(url, folder):
            table.add_row(kind, name, f"{wall:.1f}", f"{cpu:.1f}", bar)
    Console(width=110).print(table)


if __name__ == "__main__":
    asyncio.run(main())
