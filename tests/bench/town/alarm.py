"""`python -m tests.bench.town.alarm [--small]`: an emergency to 100,000 people behind 100,000 queued mails.

One server on SQLite, as it comes; everybody has a phone and a mailbox, and a circular waits for each mailbox as the second
person presses. Before the circular, which was pressed for there, too, it had been idle, and had made its keys ahead. Bars: the
first push within 150 ms, 95 in 100 pushes within 15 s. The mails of the emergency are told beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, select

from notices import ids
from notices.models import Planning, Seat, Term
from notices.tokyo import today
from server.house import utc_now
from tests import smtp_sink
from tests.bench.fanout import press
from tests.bench.fanout.office import Office, office
from tests.bench.fanout.scene import TENANT, Scene, everybody, mailbox, p95, phones, scene
from tests.bench.fanout.service import service
from tests.bench.sync.lab import Lab
from tests.h2sink import H2Sink

FIRST, MOST = 150, 15
"""Milliseconds; seconds."""
LOOK = 2.0
"""Seconds between two looks, each of which counts all rows; what is measured stands in them."""


async def measured(lab: Lab, people: int) -> dict[str, float]:
    async with service(lab.folder, sample=200) as sink, smtp_sink.sink() as port:
        settings = {
            "smtp_url": f"smtp+plain://127.0.0.1:{port}",
            "mail_from": "kairan@example.jp",
            "push_hosts": sink.origin,
        }
        async with (
            scene(lab, "sqlite", people, everybody(phones(sink), mailbox)) as here,
            office(here.url, here.folder, authorities=str(sink.authorities), **settings) as worker,
        ):
            return await _behind_a_circular(here, sink, worker, people)


async def _behind_a_circular(here: Scene, sink: H2Sink, worker: Office, people: int) -> dict[str, float]:
    await worker.ask("ahead", addresses=2 * people)
    await here.only("mail")
    await worker.ask("press", **here.speaker)
    await here.plan_all()
    await here.switch_on("push")
    notice = await _prepared(here)
    await worker.ask("work")
    while (await here.outcomes()).get("sent", 0) < people // 100:  # noqa: ASYNC110 - another process writes
        await asyncio.sleep(LOOK)
    await sink.anew()
    before, pressed, began = time.time(), utc_now(), time.perf_counter()
    await worker.ask("sound", tenant=TENANT, notice=notice)
    accepted = time.perf_counter() - began
    while await here.waiting("emergency") or not await _planned(here, notice):  # noqa: ASYNC110 - another process writes
        await asyncio.sleep(LOOK)
    waiting = await here.waiting("ordinary")
    first = (await sink.report())["first"] / 1000 - before
    late = await here.late(notice, pressed)
    await worker.ask("rest")
    return {
        "press accepted, ms": 1000 * accepted,
        f"first push out, ms (bar {FIRST})": 1000 * first,
        f"p95 of its {len(late['push']):,} pushes, s (bar {MOST})": p95(late["push"]),
        f"p95 of its {len(late['mail']):,} mails, s": p95(late["mail"]),
        "mails of the circular that still waited": waiting,
    }


async def _prepared(here: Scene) -> str:
    """By the president, who is made a clerk as well."""
    now, clerk = utc_now(), here.made.president
    async with here.db.write() as session:
        seat, alone = ids.new_id(), {"journalled": True}
        row = insert(Seat).values(tenant=TENANT, id=seat, role="clerk", title="市職員")
        await session.execute(row, execution_options=alone)
        term = {"tenant": TENANT, "id": ids.new_id(), "seat": seat, "person": clerk, "begins": today(now)}
        await session.execute(insert(Term).values(term), execution_options=alone)
        return await press.prepare(session, now, tenant=TENANT, clerk=clerk)


async def _planned(here: Scene, notice: str) -> bool:
    open_ = select(Planning.notice).where(Planning.notice == notice, Planning.closed_at.is_(None))
    async with here.db.read() as session:
        return await session.scalar(open_) is None


async def _main(people: int) -> None:
    with tempfile.TemporaryDirectory(prefix="kairan-bench-") as folder:
        async with Lab(Path(folder), big=people >= 100_000) as lab:
            found = await measured(lab, people)
    table = Table("an emergency to", f"{people:,} people")
    for name, value in found.items():
        table.add_row(name, f"{value:,.1f}")
    Console().print(table)


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m tests.bench.town.alarm")
    asked.add_argument("--small", action="store_true", help="2,000 people: a look")
    asyncio.run(_main(2_000 if asked.parse_args().small else 100_000))
