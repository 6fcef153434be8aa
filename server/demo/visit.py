"""`kairan demo`: the town opens its door, and stays open until Ctrl-C."""

import asyncio
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import SystemRandom

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from server import keys
from server.app import make_app
from server.demo import enrolment, folder, routes
from server.demo.folder import Folder
from server.demo.residents import Residents
from server.demo.running import Sinks, bound, closing, open_sinks, serving, settings_for
from server.house import build, utc_now
from server.keeping import lock
from server.sinks.mail import MailSink
from server.sinks.push import PushSink
from server.work import post

PORT = 8000


class PortTaken(Exception):
    """A sentence for the operator."""


async def welcome(place: Folder, port: int | None, browser: bool, console: Console) -> None:
    """Until it is cancelled. Raises NotADemo, PortTaken, Locked."""
    there = place.insist()
    at = door(port)
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()
    assert main is not None
    loop.add_signal_handler(signal.SIGTERM, main.cancel)
    async with opened(place, there, at, console) as origin:
        console.print(f"\n  Hanamizuki City is open: [bold]{origin}/demo[/]   (Ctrl-C ends it)\n")
        if browser and _has_display():
            # In a thread: some browsers keep the caller until they are closed.
            threading.Thread(target=webbrowser.open, args=(f"{origin}/demo",), daemon=True).start()
        await asyncio.Event().wait()


@asynccontextmanager
async def opened(place: Folder, there: bool, at: socket.socket, console: Console) -> AsyncIterator[str]:
    seed = place.sink_seed() if there else folder.new_seed()
    sinks = Sinks(MailSink(), PushSink(seed=seed, keep=2_000))
    async with open_sinks(sinks, place.push_port() if there else 0):
        if not there:
            await _made(place, sinks, seed, console)
        settings = settings_for(place.path, at.getsockname()[1], sinks)
        kept = keys.read(place.path / "kairan.secret")
        with lock.writing(place.database):
            if not place.newest():
                await _upgraded(place, settings.database_url)
            house = build(settings, kept, post.channels(settings, kept, utc_now), demo=True)
            residents = Residents(enrolment.kept(place.phones), settings.origin, SystemRandom())
            app = make_app(house, extra=[routes.router(routes.Stage(sinks, residents))])
            async with closing(house), serving(house, app, [at]):
                await folder.refresh(place, house, sinks)
                yield settings.origin


async def _made(place: Folder, sinks: Sinks, seed: bytes, console: Console) -> None:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console) as progress:
        bars = {}

        def advance(name: str, done: int, total: int) -> None:
            if name not in bars:
                bars[name] = progress.add_task(name, total=total)
            progress.update(bars[name], completed=done, total=total)

        # Only a first start needs Alembic, which takes a second to import.
        from server.demo import making

        await making.make(place, sinks, seed, advance)


async def _upgraded(place: Folder, url: str) -> None:
    from server.migrate import upgrade

    await asyncio.to_thread(upgrade, url)
    place.note(place.sink_seed(), place.push_port())


def door(port: int | None) -> socket.socket:
    """The port asked for, or the usual one, or any: only a port somebody asked for can be taken."""
    try:
        return bound(PORT if port is None else port)
    except OSError:
        if port is None:
            return bound(0)
        raise PortTaken(f"Port {port} is taken. Choose another --port, or leave it out.") from None


def _has_display() -> bool:
    """On a machine without one, webbrowser may open a browser inside the terminal and never come back."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
