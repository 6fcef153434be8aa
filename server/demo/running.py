"""A house that runs on this machine alone: its socket, its worker, and the sinks its messages end in."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from litestar import Litestar

from server.house import House
from server.settings import Settings, checked
from server.sinks.mail import MailSink
from server.sinks.push import PushSink
from server.work.worker import Worker

TENANT = "hana"
MAIL_FROM = "kairan@hanamizuki.example.jp"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Sinks:
    mail: MailSink
    push: PushSink


@asynccontextmanager
async def open_sinks(sinks: Sinks, push_port: int = 0) -> AsyncIterator[None]:
    """`push_port`: where its subscriptions say it is; another one where that is taken."""
    await sinks.mail.start(HOST)
    try:
        try:
            await sinks.push.start(HOST, push_port)
        except OSError:
            await sinks.push.start(HOST)
        yield
    finally:
        await sinks.push.close()
        await sinks.mail.close()


def settings_for(folder: Path, port: int, sinks: Sinks) -> Settings:
    """All of it embedded; nothing of the environment counts, so that a demo never touches a real town."""
    return checked(
        Settings(
            database_url=f"sqlite+aiosqlite:///{folder / 'kairan.db'}",
            secret_file=str(folder / "kairan.secret"),
            files_url=str(folder / "files"),
            origin=f"http://localhost:{port}",
            host=HOST,
            port=port,
            smtp_url=sinks.mail.url,
            mail_from=MAIL_FROM,
            push_hosts=sinks.push.origin,
            undo_seconds=0,
        )
    )


def bound(port: int) -> socket.socket:
    """A listening place; 0 takes any free port. Raises OSError where it is taken."""
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((HOST, port))
    except OSError:
        place.close()
        raise
    return place


@asynccontextmanager
async def closing(house: House) -> AsyncIterator[House]:
    """Its connections are closed at the end; a database left open would keep the process from ending."""
    try:
        yield house
    finally:
        for channel in house.channels.values():
            await channel.close()
        await house.db.close()


@asynccontextmanager
async def serving(house: House, app: Litestar, sockets: Sequence[socket.socket]) -> AsyncIterator[None]:
    """Web and worker, as `kairan serve` has them; at the end what is in flight is finished."""
    server = _Server(
        uvicorn.Config(
            app, log_config=None, log_level="warning", access_log=False, timeout_graceful_shutdown=2
        )
    )
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(server.serve(list(sockets))),
        asyncio.create_task(Worker(house).run(stop)),
    ]
    try:
        while not server.started:
            if tasks[0].done():
                await tasks[0]
            await asyncio.sleep(0.01)
        yield
    finally:
        house.hub.close()
        server.should_exit = True
        stop.set()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Server(uvicorn.Server):
    """Leaves the signals alone: Ctrl-C ends the whole, not the web alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
