"""A worker that is measured: a process with a house and its worker, told what to do by lines of JSON.

`python -m tests.bench.fanout.office` with KAIRAN_… settings; `Office` is its other end. It is what `kairan serve` and
`kairan work` run, but it begins when it is told to, and says at the end what it cost.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from server import keys
from server.house import House, build, utc_now
from server.live.wiring import lines_open
from server.processes.run import LOOP, _one_heap, _spare_the_collector
from server.settings import load
from server.work import post
from server.work.ahead import PAGE, Ahead
from server.work.worker import Worker
from tests.bench.fanout import family, press
from tests.bench.sync.lab import ROOT


@dataclass
class _Works:
    """The process's side: one method for each word."""

    house: House
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    running: asyncio.Task[None] | None = None

    async def work(self) -> None:
        self.stop = asyncio.Event()
        self.running = asyncio.create_task(Worker(self.house).run(self.stop))

    async def tap(self) -> None:
        """There is something to do: so says whoever publishes in its own process."""
        self.house.wake.now()

    async def rest(self) -> None:
        """What is begun is finished."""
        self.stop.set()
        if self.running is not None:
            await self.running
            self.running = None

    async def ahead(self, addresses: int) -> None:
        """Keys made ahead, by the pages in which an idle worker makes them."""
        walk = Ahead(self.house)
        for _ in range(addresses // PAGE + 1):
            await walk.turn()

    async def press(self, **said: Any) -> str:
        """Publishes in this process, which wakes its own worker; what no officer may press by HTTP yet."""
        async with self.house.db.write() as session:
            return await press.publish(session, self.house.clock(), **said)

    async def sound(self, **said: Any) -> str:
        """A second person presses for an alarm of the city."""
        async with self.house.db.write() as session:
            return await press.sound(session, self.house.clock(), **said)

    async def ready(self) -> None:
        """It answers when it is there."""


class Office:
    """The benchmark's side. `pid` is the process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    async def ask(self, word: str, **said: Any) -> Any:
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        into.write(json.dumps([word, said]).encode() + b"\n")
        answer = await out.readline()
        if not answer:
            raise RuntimeError(f"the worker ended at {word!r}; see standard error")
        return json.loads(answer)

    def kill(self) -> None:
        """For one that would wait for a server that hangs."""
        self._process.kill()

    async def cpu(self) -> float:
        return await asyncio.to_thread(family.cpu, self.pid)


@asynccontextmanager
async def office(url: str, folder: Path, **settings: str) -> AsyncIterator[Office]:
    """`settings`: more of KAIRAN_…; `authorities` is a file of certificates that it believes."""
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
    if authorities := settings.pop("authorities", ""):
        environment["SSL_CERT_FILE"] = authorities
    ours = {
        "database_url": url,
        "secret_file": str(folder / "kairan.secret"),
        "files_url": str(folder / "files"),
    }
    environment |= {f"KAIRAN_{name.upper()}": value for name, value in (ours | settings).items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.fanout.office", cwd=folder, env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        here = Office(process)
        await here.ask("ready")
        yield here
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _run() -> None:
    settings = load()
    kept = keys.read(Path(settings.secret_file))
    house = build(settings, kept, post.channels(settings, kept, utc_now))
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    works = _Works(house)
    async with lines_open(house):
        while line := await reader.readline():
            word, said = json.loads(line)
            answer = await getattr(works, word)(**said)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
        await works.rest()
    for channel in house.channels.values():
        await channel.close()
    await house.db.close()


if __name__ == "__main__":
    _one_heap()
    _spare_the_collector()
    with asyncio.Runner(loop_factory=LOOP) as runner:
        runner.run(_run())
