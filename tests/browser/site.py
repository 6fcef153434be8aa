"""The real application on a real socket, with its worker, beside the browsers that use it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn

from notices.channels import Channel
from notices.channels.memory import MemoryChannel
from notices.tokyo import today
from server.app import make_app
from server.house import build
from server.settings import Settings
from server.work import post
from tests.browser import certificate
from tests.browser.gate import Gate
from tests.browser.neighbours import rosters
from tests.clock import Clock
from tests.town import Town, found, the_keys


class RunningClock(Clock):
    """The browsers' time, and ahead of it by what was passed: so that nobody waits for the end of a hold."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def pass_(self, **parts: float) -> None:
        self._ahead += timedelta(**parts)


@dataclass
class Site:
    origin: str
    town: Town
    gate: Gate
    flags: list[str]
    """With which a browser finds it."""
    stop: Callable[[], Awaitable[None]]
    """The server and its worker end before the block does; nobody answers at the origin any more."""

    def soon(self, days: int = 9) -> str:
        """A deadline, as people write it."""
        return (today(self.town.clock()) + timedelta(days=days)).isoformat()


@asynccontextmanager
async def site(
    database_url: str,
    folder: Path,
    undo_seconds: int = 0,
    name: str = "",
    push: str = "",
    host: str = "127.0.0.1",
    **changed: Any,
) -> AsyncIterator[Site]:
    """Open until the end of the block. With a `name` it is reached by https under that name, as a town's is. With `push`,
    the origin of a push service, pushes leave by the real channel; otherwise they stay in memory, as mail does. `host`:
    `localhost` where a passkey is made, which is bound to a name.

    `changed`: further settings.
    """
    with _listener() as listener:
        port = listener.getsockname()[1]
        origin = f"https://{name}" if name else f"http://{host}:{port}"
        flags = [f"--host-resolver-rules=MAP {name}:443 127.0.0.1:{port}", "--ignore-certificate-errors"]
        pem = certificate.make(folder, name) if name else None
        settings = Settings(
            database_url=database_url,
            files_url=str(folder / "files"),
            origin=origin,
            mail_from="kairan@example.jp",
            push_hosts=push or "http://127.0.0.1:1",
            undo_seconds=undo_seconds,
            **changed,
        )
        clock, secrets = RunningClock(), the_keys(folder / "kairan.secret")
        channels: Mapping[str, Channel] = {"mail": MemoryChannel("mail"), "push": MemoryChannel("push")}
        if push:
            channels = {**channels, **post.channels(settings, secrets, clock)}
        house = build(settings, secrets, channels, clock)
        town = await found("neighbourhood", rosters(today(clock())), house, clock, make_app(house))
        gate = Gate(town.app)
        async with _serving(town, gate, listener, pem) as stop:
            yield Site(origin, town, gate, flags if name else [], stop)
        for channel in channels.values():
            await channel.close()
        await town.close()


@contextmanager
def _listener() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener


class _Server(uvicorn.Server):
    """pytest keeps the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _serving(
    town: Town, gate: Gate, listener: socket.socket, pem: Path | None
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    app: Any = gate
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=2,
        ssl_certfile=pem,
    )
    server, stop = _Server(config), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(server.serve([listener])), tasks.create_task(town.worker.run(stop))]

        def leave() -> None:
            server.should_exit = True
            stop.set()

        async def left() -> None:
            leave()
            await asyncio.wait(running)

        try:
            yield left
        finally:
            leave()
