"""`python -m tests.bench.town.circulars [--small]`: a circular to 300 associations of 330 people, on both databases.

In one process and without a wire: what is measured is the server's own time, the wall's and the processor's.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import select, text

from notices import ids
from notices.channels.memory import MemoryChannel
from notices.models import Association, Block, Device, Household, Seat, Term
from notices.passkeys import fresh
from notices.tokyo import today
from notices.town import founding
from server import keys
from server.app import make_app
from server.demo.census import Census, Way
from server.house import House, build, utc_now
from server.settings import Settings
from server.work.worker import Worker
from tests.bench.sync.town import enrol
from tests.bench.town.both import both

TENANT = "hana"
ORIGIN = "http://localhost:8000"
BLOCKS, HOMES = 10, 15
"""Of each association; 2.2 people in a home."""


@dataclass
class City:
    house: House
    id: str
    clerk: str
    approver: str
    presidents: list[str]
    """Tokens, of the first few associations."""


async def city(house: House, associations: int) -> City:
    """Every other association forwards by itself."""
    now, vault = house.clock(), house.keys.vault
    async with house.db.write() as session:
        founded = await founding.city(session, TENANT, "花水木市", "市役所 000-0000-0000", now)
    census = Census(TENANT, vault, now)
    officers = [_association(census, number) for number in range(associations)]
    clerk = census.person("市川 民子", ())
    _seated(census, clerk, "clerk", None)
    approver = census.person("承認 花子", ())
    _seated(census, approver, "approver", None)
    async with house.db.write() as session:
        await census.write(session)
    if house.db.dialect == "postgresql":
        async with house.db.write() as session:
            await session.execute(text("ANALYZE"))
    tokens = await enrol(house.db, [clerk, approver, *officers[:4]])
    async with house.db.write() as session:
        # As by a passkey just now, which is not what is measured here.
        for device in await session.scalars(select(Device.id).where(Device.person.in_([clerk, approver]))):
            await fresh.proved(session, founded.tenant, device, ids.new_id(), utc_now())
    return City(house, founded.id, tokens[0], tokens[1], tokens[2:])


def _association(census: Census, number: int) -> str:
    """→ its president."""
    named = {
        "name": f"第{number + 1}町内会",
        "slug": f"a{number}",
        "contact": "会長",
        "created_at": census.now,
    }
    place = census.add(Association, **named, district=f"{number % 6}地区", forwards_by_itself=number % 2 == 1)
    officer = ""
    for block in range(BLOCKS):
        of = census.add(Block, association=place, name=f"{block + 1}班", position=block)
        for walk in range(HOMES):
            home = census.add(
                Household,
                association=place,
                block=of,
                walk=walk,
                number=f"{block}-{walk}",
                name="家",
                joined_at=census.now,
            )
            people = [census.person("住民", (home,)) for _ in range(3 if walk % 5 == 0 else 2)]
            officer = officer or people[0]
    census.address(officer, Way.mail(f"president{number}@example.jp"))
    _seated(census, officer, "president", place)
    return officer


def _seated(census: Census, person: str, role: str, association: str | None) -> None:
    seat = census.add(Seat, role=role, title="会長" if association else "市職員", association=association)
    census.add(Term, seat=seat, person=person, begins=today(census.now))


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[House]:
    settings = Settings(database_url=url, files_url=str(folder / "files"), origin=ORIGIN, undo_seconds=0)
    house = build(settings, keys.make(folder / "kairan.secret"), {"mail": MemoryChannel("mail")}, utc_now)
    try:
        yield house
    finally:
        await house.db.close()


async def measured(made: City) -> list[tuple[str, float, float, float]]:
    """(what, milliseconds of the wall, of the processor, the bar)."""
    app = make_app(made.house)
    worker = Worker(made.house)
    found: list[tuple[str, float, float, float]] = []
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, timeout=60) as http:

        async def ask(token: str, method: str, path: str, **sent: Any) -> httpx.Response:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": ids.new_id()}
            answer = await http.request(method, path, headers=headers, **sent)
            assert answer.status_code < 300, answer.text[:500]
            return answer

        async def clerks(path: str) -> httpx.Response:
            return await ask(made.clerk, "GET", path)

        load = f"/api/v1/cities/{made.id}/load"
        await clerks(load)
        found.append(("load of all associations, before sending", *await _often(lambda: clerks(load)), 100))
        said = {
            "topic": "disaster",
            "title": "ハザードマップ",
            "body": "確かめてください。" * 40,
            "publish": True,
        }
        began, cpu = time.perf_counter(), time.process_time()
        sent = await ask(made.clerk, "POST", f"/api/v1/cities/{made.id}/notices", json=said)
        found.append(("asked for", *_since(began, cpu), 300))
        circular = sent.json()["id"]
        began, cpu = time.perf_counter(), time.process_time()
        await ask(made.approver, "POST", f"/api/v1/notices/{circular}/approve", json={"baseRevision": 1})
        found.append(("approved, and out at once", *_since(began, cpu), 300))
        for president in made.presidents:
            pulled = await ask(president, "GET", "/sync/v1/pull", params={"limit": "500"})
            assert circular in pulled.text
        found.append(("visible to officers, from the press", *_since(began, cpu), 2_000))
        await worker.idle()
        found.append(("forwarded by those that do so by themselves", *_since(began, cpu), 0))
        await asyncio.sleep(1.2)  # counted a second after the ledgers have moved
        await worker.idle()
        page = f"/api/v1/notices/{circular}/circulations"
        counts = (await clerks(page)).json()["counts"]
        assert counts["forwarded"] == counts["associations"] // 2, counts
        assert counts["households"] == counts["forwarded"] * BLOCKS * HOMES, counts
        found.append(("the clerk's page of all associations", *await _often(lambda: clerks(page)), 100))
    return found


def _since(began: float, cpu: float) -> tuple[float, float]:
    return (time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000


async def _often(ask: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    times = []
    for _ in range(15):
        began, cpu = time.perf_counter(), time.process_time()
        await ask()
        times.append(_since(began, cpu))
    return median(wall for wall, _ in times), median(cpu for _, cpu in times)


async def main(associations: int) -> None:
    table = Table(title=f"a circular to {associations} associations of {BLOCKS * HOMES} homes, ms")
    for head in ("database", "measured", "wall", "processor", "bar"):
        table.add_column(head, justify="left" if head in ("database", "measured") else "right")
    async for kind, url, folder in both():
        async with opened(url, folder) as house:
            for what, wall, cpu, bar in await measured(await city(house, associations)):
                table.add_row(kind, what, f"{wall:,.0f}", f"{cpu:,.0f}", f"{bar:,.0f}" if bar else "")
    Console(width=130).print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.town.circulars")
    parser.add_argument("--small", action="store_true", help="30 associations: a look")
    asyncio.run(main(30 if parser.parse_args().small else 300))
