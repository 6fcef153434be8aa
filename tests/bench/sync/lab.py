"""The laboratory: a founded town on SQLite or PostgreSQL, and real server processes in front of it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Literal

import aiohttp

from server.db import Database
from server.migrate import upgrade
from tests import postgres
from tests.bench.sync import town
from tests.databases import Databases

Kind = Literal["sqlite", "postgresql"]
ROOT = Path(__file__).parents[3]


@dataclass
class Site:
    """A town and the servers in front of it. `db` is a connection of our own to the same database."""

    kind: Kind
    database_url: str
    folder: Path
    db: Database
    town: town.Founded
    ports: list[int]
    processes: list[asyncio.subprocess.Process]
    _turn: count[int] = field(default_factory=lambda: count(1))

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def tokens(self, number: int = 1) -> list[str]:
        """Phones of residents of five scopes each, taken in turn."""
        homes = self.town.homes[1:] or self.town.homes
        people = [homes[next(self._turn) % len(homes)].person for _ in range(number)]
        return await town.enrol(self.db, people)

    async def phones(self, person: str, number: int) -> list[str]:
        """The tokens of so many phones of one person."""
        return await town.enrol(self.db, [person] * number)

    def http(self, token: str) -> aiohttp.ClientSession:
        """A client for what is not measured. The caller closes it."""
        return aiohttp.ClientSession(self.url, headers={"Authorization": f"Bearer {token}"})


@contextmanager
def phones_elsewhere(site: Site) -> Iterator[None]:
    """This program, which plays the phones, has the last core to itself, and the servers have the others.

    Else the system wakes whoever is poked in front of the server that pokes: on two cores that took 2 to 3 ms at a time
    from it, which no phone in a town can do.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        yield
        return
    for process in site.processes:
        for thread in Path(f"/proc/{process.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores[:-1])
    os.sched_setaffinity(0, cores[-1:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


class Lab:
    """`async with Lab(folder) as lab`: everything that it starts ends with it."""

    def __init__(self, folder: Path, *, big: bool = False) -> None:
        self.folder = folder
        self.big = big
        self._stack = AsyncExitStack()
        self._postgres: postgres.Postgres | None = None
        self._databases: Databases | None = None
        self._number = count(1)

    async def __aenter__(self) -> Lab:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        if self._databases is not None:
            await asyncio.to_thread(self._databases.close)
        if self._postgres is not None:
            self._postgres.stop()

    async def postgresql(self) -> str:
        """The URL of an empty database, on a server that runs as long as the laboratory."""
        if self._databases is None:
            self._postgres = await asyncio.to_thread(postgres.start)
            self._databases = await asyncio.to_thread(Databases, self._postgres.url)
        return await asyncio.to_thread(self._databases.create)

    @asynccontextmanager
    async def site(
        self,
        kind: Kind,
        *,
        households: int = 40,
        processes: int = 1,
        serve: Sequence[str] = (),
        **settings: str,
    ) -> AsyncIterator[Site]:
        """A founded town with `processes` servers (one on SQLite), ready.

        `serve`: the command of a server, `python -m server serve` if empty; `settings`: more of KAIRAN_….
        """
        folder = self.folder / f"site-{next(self._number)}"
        folder.mkdir()
        url = (
            await self.postgresql() if kind == "postgresql" else f"sqlite+aiosqlite:///{folder / 'kairan.db'}"
        )
        await asyncio.to_thread(upgrade, url)
        async with AsyncExitStack() as stack:
            db = await stack.enter_async_context(town.database(url, folder))
            founded = await town.found(db, households)
            site = Site(kind, url, folder, db, founded, [], [])
            for _ in range(processes):
                port = free_port()
                site.ports.append(port)
                # The load comes from few devices, and must not be taken for a mistake of theirs.
                given = {"worker": "no", "undo_seconds": "0", "device_requests": "0"} | settings
                running = serving(url, folder, port, list(serve), given)
                site.processes.append(await stack.enter_async_context(running))
            yield site


@asynccontextmanager
async def serving(
    url: str, folder: Path, port: int, command: list[str], settings: dict[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    ours = {"database_url": url, "secret_file": str(folder / "kairan.secret"), "port": str(port)}
    ours |= {"files_url": str(folder / "files"), "origin": f"http://localhost:{port}"} | settings
    environment = os.environ | {f"KAIRAN_{name.upper()}": value for name, value in ours.items()}
    environment["PYTHONPATH"] = str(ROOT)
    command = command or ["-m", "server", "serve"]
    async with process(folder, port, [sys.executable, *command], environment, "/health/ready") as started:
        yield started
    if " ERROR " in (said := (folder / f"{port}.log").read_text()):
        # Work that fails comes again and again and is measured, too: whoever reads the table is told.
        sys.stderr.write(f"the server on {port} had trouble: {said[said.index(' ERROR ') :][:500]}\n")


@asynccontextmanager
async def process(
    folder: Path, port: int, command: list[str], environment: dict[str, str], ready: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program that answers on `port`; it ends with the block. What it says goes to `<port>.log` in `folder`."""
    log = folder / f"{port}.log"
    with log.open("wb") as out:
        started = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment, stdout=out, stderr=out
        )
    try:
        await _answers(f"http://127.0.0.1:{port}{ready}", started, log)
        yield started
    finally:
        if started.returncode is None:
            started.terminate()
        try:
            await asyncio.wait_for(started.wait(), 35)
        except TimeoutError:
            started.kill()
            await started.wait()


async def _answers(url: str, started: asyncio.subprocess.Process, log: Path) -> None:
    deadline = time.monotonic() + 60
    async with aiohttp.ClientSession() as http:
        while time.monotonic() < deadline:
            if started.returncode is not None:
                raise RuntimeError(f"it ended at once: {_end_of(log)}")
            try:
                async with http.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
    raise RuntimeError(f"no answer after 60 s: {_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text()[-2000:]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
