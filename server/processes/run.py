"""The running processes: `serve` (pages, phones, and deliveries) and `work` (deliveries alone, on PostgreSQL).

SIGTERM and SIGINT end them politely: what is in flight is finished in at most 30 s, nothing new is begun.
"""

import asyncio
import ctypes
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from typing import Any, Final

import uvicorn
from sqlalchemy import select

from notices.models import City
from notices.town.address_errors import MailAddressRefused
from server.app import make_app
from server.bounces.listener import listening
from server.canary.onlooker import Onlooker
from server.house import House, build, utc_now
from server.keeping import epochs
from server.keys import Keys
from server.live.wiring import lines_open
from server.operations import OPERATIONS
from server.processes import admin, logs, ready
from server.settings import Settings, WrongSetting, load
from server.syncing.mutations import HANDLERS
from server.work import post
from server.work.rehearsal import be_ready
from server.work.worker import Worker, keep_writing_acks
from sync.live import Hub
from sync.push import Handler

try:
    import uvloop
except ImportError:  # Windows
    LOOP: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
else:
    LOOP = uvloop.new_event_loop

log = logging.getLogger("kairan")

DRAIN: Final = 30
"""Seconds for what is in flight when the process is asked to stop."""
NEW_OBJECTS: Final = 20_000
"""After so many the collector looks for cycles; Python's 700 are half a request."""
_HEAPS_AT_MOST: Final = -8
"""M_ARENA_MAX of malloc.h."""
PROXY: Final = "127.0.0.1"
"""Whose X-Forwarded-For counts: a reverse proxy on this machine."""


def serve(kinds: Mapping[str, Handler] = HANDLERS) -> None:
    """Until SIGTERM. `kinds`: what phones may write. Raises what ready.py raises, and Locked."""
    with _checked() as (settings, keys), _bound(settings) as listener:
        logs.begin()
        _spare_the_collector()
        _run(_serve(settings, keys, listener, kinds))


def work() -> None:
    """Until SIGTERM. Raises what ready.py raises."""
    if ready.database_file(load()) is not None:
        raise ready.NotReady(
            "With SQLite `kairan serve` delivers by itself; `kairan work` is for PostgreSQL."
        )
    with _checked() as (settings, keys):
        logs.begin()
        _run(_work(settings, keys))


def _run(process: Coroutine[Any, Any, None]) -> None:
    """On uvloop where there is one: half as much again for requests that are quickly answered."""
    _one_heap()
    with asyncio.Runner(loop_factory=LOOP) as runner:
        runner.run(process)


@contextmanager
def _checked() -> Iterator[tuple[Settings, Keys]]:
    """Settings and keys; where the database is a file, a sound one, with its lock held."""
    settings = load()
    file = ready.database_file(settings)
    if file is None or not file.exists():
        yield ready.settings_and_keys()
        return
    with ready.alone(settings):
        ready.insist_on_sound_file(file)
        yield ready.settings_and_keys()


@contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named as TCP: else asyncio leaves Nagle on, and each answer waits up to 40 ms for the ACK of its first half.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise ready.NotReady(
                f"Kairan cannot listen on {settings.host} port {settings.port} ({error.strerror}). "
                "Stop the other program, or choose another KAIRAN_PORT or KAIRAN_HOST."
            ) from None
        yield listener


def _one_heap() -> None:
    """glibc gives each thread a heap of its own, and keeps what one has held. Ours take turns at Python's lock anyway."""
    with suppress(AttributeError, OSError):  # another libc
        ctypes.CDLL(None).mallopt(_HEAPS_AT_MOST, 1)


def _spare_the_collector() -> None:
    """What was imported stays for good. Walking it again and again took a quarter of the time of a busy server."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)


async def _serve(
    settings: Settings, keys: Keys, listener: socket.socket, kinds: Mapping[str, Handler]
) -> None:
    stop = _until_asked()
    async with _open(settings, keys, kinds) as here, AsyncExitStack() as stack:
        if (file := ready.database_file(settings)) is not None:
            await stack.enter_async_context(admin.listening(here, file, OPERATIONS))
        if delivers := file is not None or settings.worker:
            await stack.enter_async_context(listening(here))
        server = _Server(_config(here))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve([listener]))
            tasks.create_task(server.end_with(stop, here.hub))
            if delivers:
                tasks.create_task(Worker(here).run(stop))
            else:
                tasks.create_task(be_ready(here))
                tasks.create_task(keep_writing_acks(here, stop))
                tasks.create_task(Onlooker(here).run(stop))
            log.info("serving %s on %s port %s", settings.origin, settings.host, listener.getsockname()[1])
    log.info("stopped")


async def _work(settings: Settings, keys: Keys) -> None:
    stop = _until_asked()
    async with _open(settings, keys) as here, lines_open(here), listening(here):
        log.info("working")
        await Worker(here).run(stop)
    log.info("stopped")


@asynccontextmanager
async def _open(
    settings: Settings, keys: Keys, kinds: Mapping[str, Handler] = HANDLERS
) -> AsyncIterator[House]:
    try:
        channels = post.channels(settings, keys, utc_now)
        here = build(settings, keys, channels, kinds=kinds)
    except ValueError as error:
        raise WrongSetting(str(error)) from None
    except MailAddressRefused:
        raise WrongSetting(
            "KAIRAN_MAIL_FROM is not a mail address. Write e.g. kairan@city.example.jp."
        ) from None
    async with here.db.read() as session:
        demo = (await session.scalars(select(City.tenant).where(City.demo.is_(True)))).first()
    try:
        await epochs.at_start(here)
        yield replace(here, demo=demo is not None)
    finally:
        for channel in channels.values():
            await channel.close()
        await here.db.close()


def _until_asked() -> asyncio.Event:
    """Set by SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    return stop


def _config(here: House) -> uvicorn.Config:
    app: Any = make_app(here)
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # its lines would hold addresses, and tokens of unsubscribe links
        server_header=False,
        ws="none",
        proxy_headers=True,
        forwarded_allow_ips=PROXY,
        timeout_graceful_shutdown=DRAIN,
    )


class _Server(uvicorn.Server):
    """Signals are ours: uvicorn would raise them once more when it has stopped, and the rest would not be tidied."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def end_with(self, stop: asyncio.Event, hub: Hub) -> None:
        await stop.wait()
        hub.close()  # a pull that waits for news would be waited for
        self.should_exit = True
