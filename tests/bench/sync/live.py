"""How fast a write is on the phones that hold a line, and what ten thousand lines weigh."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from time import perf_counter

from tests.bench.sync import Row, no_more, told
from tests.bench.sync.lab import Lab, Site, phones_elsewhere
from tests.bench.sync.lines import Caller, Line, on_the_line, share

LINES = 1_000
ROUNDS = 120
MANY = 10_000
POKING = ("-m", "tests.bench.sync.poking")
PAUSE = (0.08, 0.16)
"""Seconds between writes: each finds its listeners rested. What follows sooner is told together by design."""
PROBES = 5
"""Of those who hear of a write to all, so many pull at once; phones spread theirs."""


async def rows(lab: Lab) -> list[Row]:
    os.environ["BENCH_LINES_LAST"] = "600"  # opening ten thousand takes longer than a line lasts
    found: list[Row] = []
    async with lab.site("sqlite", households=LINES, serve=POKING) as site:
        found += await _latencies(site, "SQLite", bars=(15, 50))
    async with lab.site("postgresql", households=LINES, processes=2, serve=POKING) as site:
        found += await _latencies(site, "PostgreSQL, written in the other process", bars=(80, 300))
    return found + await _weight(lab)


async def _latencies(site: Site, where: str, bars: tuple[float, float]) -> list[Row]:
    block = site.town.homes[-1].block
    near = await _measured(site, "block", block)
    all_of_them = await _measured(site, "city", site.town.city)
    name = f"write → poke → pulled, {LINES:,} on the line, {where}"
    found: list[Row] = []
    for part, bar in zip((0.5, 0.99), bars, strict=True):
        p = f"p{part * 100:g}"
        found.append(no_more(f"{name}: {p}, to one block, all its phones pull", near.pulled(part), "ms", bar))
        found.append(no_more(f"{name}: {p}, to all, {PROBES} pull", all_of_them.pulled(part), "ms", bar))
        found.append(told(f"write → poke, to all {LINES:,}, {where}: {p}", all_of_them.poked(part), "ms"))
    return found


class Watch:
    """What happened since the last write: who was poked when, who had pulled when. Milliseconds."""

    def __init__(self) -> None:
        self.began = 0.0
        self.waiting: set[Line] = set()
        self.over = asyncio.Event()
        self.pokes: list[float] = []
        self.pulls: list[float] = []

    def since(self) -> float:
        return (perf_counter() - self.began) * 1000

    def poked(self, part: float) -> float:
        return share(self.pokes, part)

    def pulled(self, part: float) -> float:
        return share(self.pulls, part)


async def _measured(site: Site, kind: str, key: str) -> Watch:
    """A note into the scope, `ROUNDS` times; each of its phones, or a few of them, pulls when it is poked."""
    watch, chance = Watch(), Random(1)
    tokens = await site.tokens(LINES)
    listening = site.ports[-1:]
    async with AsyncExitStack() as stack:
        stack.enter_context(phones_elsewhere(site))
        pullers: dict[Line, Puller] = {}
        tasks: set[asyncio.Task[None]] = set()

        def poked(line: Line) -> None:
            if watch.began:
                watch.pokes.append(watch.since())
            if (puller := pullers.get(line)) is not None and line in watch.waiting:
                task = asyncio.create_task(puller.pull(watch, line))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

        lines = await stack.enter_async_context(on_the_line(listening, tokens, poked))
        writer = Caller(site.ports[0])
        stack.callback(writer.close)
        body = {"kind": kind, "key": key, "id": "bench"}
        for puller in await _members(site, writer, lines, body):
            pullers[puller.line] = puller
            stack.callback(puller.caller.close)
        everybody = list(pullers)
        await asyncio.sleep(1)  # who heard of a new scope is greeted once more
        for turn in range(ROUNDS):
            await asyncio.sleep(chance.uniform(*PAUSE))
            watch.waiting = set(everybody if kind == "block" else chance.sample(everybody, PROBES))
            watch.over.clear()
            watch.began = perf_counter()
            await writer.ask("POST", "/bench/write", body=json.dumps(body | {"v": turn}).encode())
            async with asyncio.timeout(30):
                await watch.over.wait()
        return watch


class Puller:
    """A phone that has everything, and pulls when it is told to."""

    def __init__(self, line: Line, caller: Caller) -> None:
        self.line = line
        self.caller = caller
        self.cursor = ""
        self._turn = asyncio.Lock()

    async def pull(self, watch: Watch, line: Line) -> None:
        async with self._turn:
            came = await self.page()
        if came and line in watch.waiting:
            watch.pulls.append(watch.since())
            watch.waiting.discard(line)
            if not watch.waiting:
                watch.over.set()

    async def page(self) -> int:
        """How many changes came."""
        path = "/sync/v1/pull" + (f"?cursor={self.cursor}" if self.cursor else "")
        status, _, body = await self.caller.ask("GET", path, self.line.token)
        if status == 204:
            return 0
        assert status == 200, (status, body)
        page = json.loads(body)
        self.cursor = page["cursor"]
        return len(page["changes"])


async def _members(site: Site, writer: Caller, lines: Sequence[Line], body: dict[str, str]) -> list[Puller]:
    """The phones that see the scope, up to date: those who get a note that is written there. Of a large scope some, taken
    by chance: lines that were opened one after the other are poked one after the other, all early or all late."""
    await writer.ask("POST", "/bench/write", body=json.dumps(body | {"v": "first"}).encode())
    found: list[Puller] = []
    port = site.ports[-1]
    wanted = 40 if body["kind"] == "city" else len(lines)
    for line in Random(1).sample(lines, len(lines)):
        puller = Puller(line, Caller(port))
        seen = 0
        _, _, content = await puller.caller.ask("GET", "/sync/v1/pull", line.token)
        page = json.loads(content)
        puller.cursor = page["cursor"]
        seen = sum(change["t"] == "notes" and change["id"] == "bench" for change in page["changes"])
        if seen and len(found) < wanted:
            found.append(puller)
        else:
            puller.caller.close()
    return found


async def _weight(lab: Lab) -> list[Row]:
    """The resident memory of the process that serves, with nobody on the line and with ten thousand."""
    async with lab.site(
        "sqlite", households=MANY // 4, serve=POKING, live_connections=str(MANY + 10)
    ) as site:
        tokens = await site.tokens(MANY)
        warm = Caller(site.port)
        for token in tokens[:200]:
            await warm.ask("GET", "/sync/v1/pull", token)
        warm.close()
        pid = site.processes[0].pid
        idle = _megabytes(pid)
        began = perf_counter()
        async with on_the_line(site.ports, tokens, lambda _: None) as lines:
            seconds = perf_counter() - began
            held = _megabytes(pid)
            assert not any(line.ended for line in lines)
            return [
                no_more(f"memory of a process with {MANY:,} lines", held, "MB", 180),
                told("  the same process before them", idle, "MB"),
                told("  each line", (held - idle) * 1024 / MANY, "kB"),
                told("lines opened, one after the other by 64 hands", MANY / seconds, "lines/s"),
            ]


def _megabytes(pid: int) -> float:
    """Resident set, in MB of 2²⁰ bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
