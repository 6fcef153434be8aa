"""The real server over a real socket, with a toy application in it and a side door for tests.

    python -m tests.laws.toyserver --database-url URL --folder DIR [--replica-url URL] [--port N] [--town] [--fault NAME]

An empty database gets its schema, the toy's tables and a small founded town (`toytown`; with --town the larger one
of tests/town.py). DIR holds keys and files: processes that share a database share it. When the server listens, one
JSON line on standard output says where: {"url", "tenant", "city", "people", "households", "blocks", "associations"}.
With --follow it ends when its standard input does, so that a test that is killed leaves nothing behind.
The routes of the side door are in `control`, the kind `notes` in `toynotes`.
"""

import argparse
import asyncio
import json
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy.ext.asyncio import create_async_engine

from notices.channels.memory import MemoryChannel
from server import keys, migrate
from server.app import make_app
from server.house import House, build
from server.keeping import epochs
from server.settings import Settings
from server.syncing.mutations import HANDLERS
from server.syncing.refusals import refuse
from server.work.worker import Worker
from sync.push import one_by_one
from tests.laws import control, planting, toynotes, toytown

TENANT = "hana"


def main() -> None:
    said = _arguments()
    if said.fault:
        planting.plant(said.fault)
    Path(said.folder).mkdir(parents=True, exist_ok=True)
    if migrate.present(said.database_url) is None:
        migrate.upgrade(said.database_url)
    # Named as TCP, or asyncio leaves Nagle's algorithm on, and each answer waits 40 ms for the client's ACK.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", said.port))
        asyncio.run(serve(said, listener))


async def serve(said: argparse.Namespace, listener: socket.socket) -> None:
    await _make_toy_tables(said.database_url)
    house = _house(said, listener.getsockname()[1])
    await epochs.at_start(house)
    await toytown.found(house, TENANT, toytown.LISTS[said.town])
    app: Any = make_app(house, [control.router])
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        # A test may think for longer than the 5 s after which a kept connection is closed.
        timeout_keep_alive=600,
        timeout_graceful_shutdown=5,
    )
    server, stop = Server(config, house), asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(house.db.close)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(server.end_with(stop))
        tasks.create_task(Worker(house).run(stop))
        if said.follow:
            tasks.create_task(_follow(stop))
        await server.serve([listener])
        stop.set()


class Server(uvicorn.Server):
    """Says where it is when it listens. Signals are left alone: SIGTERM ends a test's server at once."""

    def __init__(self, config: uvicorn.Config, house: House) -> None:
        super().__init__(config)
        self._house = house

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        async with self._house.db.read() as session:
            town = await toytown.described(session, TENANT)
        said = {"url": f"http://127.0.0.1:{self._house.settings.port}"} | town
        sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    async def end_with(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._house.hub.close()
        self.should_exit = True


async def _follow(stop: asyncio.Event) -> None:
    """Until standard input ends."""
    ended = asyncio.StreamReader()
    reader = asyncio.StreamReaderProtocol(ended)
    with suppress(ConnectionError):
        await asyncio.get_running_loop().connect_read_pipe(lambda: reader, sys.stdin)
        await ended.read()
    stop.set()


def _house(said: argparse.Namespace, port: int) -> House:
    folder = Path(said.folder)
    settings = Settings(
        database_url=said.database_url,
        replica_url=said.replica_url,
        secret_file=str(folder / "kairan.secret"),
        files_url=str(folder / "files"),
        origin=f"http://localhost:{port}",
        port=port,
        mail_from="kairan@example.jp",
        push_hosts="http://127.0.0.1:1",
        undo_seconds=0,
    )
    channels = {"mail": MemoryChannel("mail"), "push": MemoryChannel("push")}
    kinds = {**HANDLERS, toynotes.TYPE: one_by_one(toynotes.handle, refuse)}
    house = build(settings, keys.make(Path(settings.secret_file)), channels, kinds=kinds)
    if said.replica_url:
        _read_the_replica(house.db.cuts)
    return house


def _read_the_replica(cuts: Any) -> None:
    """In a town of a few notes too; and soon again after it was behind."""
    cuts.long = 2
    cuts.replica.behind = 0.1


async def _make_toy_tables(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(toynotes.ToyBase.metadata.create_all)
    await engine.dispose()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.laws.toyserver")
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--replica-url", default="")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--town", action="store_true")
    parser.add_argument("--follow", action="store_true")
    parser.add_argument("--fault", choices=sorted(planting.faults()))
    return parser.parse_args()


if __name__ == "__main__":
    main()
