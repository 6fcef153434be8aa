"""Many phones on the line, on bare sockets: the listener must not be what is measured."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import cast

OPENING = 64
"""Lines that are being opened at any time."""


class Line(asyncio.Protocol):
    """`poked(line)`, at every poke but the one that a line begins with."""

    __slots__ = ("_answered", "ended", "opened", "poked", "token", "transport")

    def __init__(self, token: str, poked: Callable[[Line], None]) -> None:
        self.token = token
        self.poked = poked
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended = False
        self.transport: asyncio.Transport
        self._answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport = cast(asyncio.Transport, transport)
        asked = f"GET /sync/v1/live HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n\r\n"
        transport.write(asked.encode())

    def data_received(self, data: bytes) -> None:
        pokes = data.count(b"event: poke")
        if not self._answered:
            self._answered = True
            if not data.startswith(b"HTTP/1.1 200"):
                self._fail(data[:200].decode())
                return
        if pokes and not self.opened.done():
            self.opened.set_result(None)
            pokes -= 1
        if pokes:
            self.poked(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self._fail(f"the line was lost: {exc}")

    def _fail(self, why: str) -> None:
        if not self.opened.done():
            self.opened.set_exception(RuntimeError(why))


@asynccontextmanager
async def on_the_line(
    ports: Sequence[int], tokens: Sequence[str], poked: Callable[[Line], None]
) -> AsyncIterator[list[Line]]:
    """A line for each token, by turns at each of the servers; all of them begun."""
    _raise_limit()
    loop, turn, lines = asyncio.get_running_loop(), asyncio.Semaphore(OPENING), []

    async def open_one(number: int, token: str) -> Line:
        async with turn:
            made = Line(token, poked)
            await loop.create_connection(lambda: made, "127.0.0.1", ports[number % len(ports)])
            await made.opened
            return made

    try:
        async with asyncio.TaskGroup() as tasks:
            opening = [tasks.create_task(open_one(*each)) for each in enumerate(tokens)]
        lines = [task.result() for task in opening]
        yield lines
    finally:
        for line in lines:
            line.transport.abort()


class Caller:
    """One keep-alive connection: `await ask(request bytes)` gives status, headers and body."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, token: str = "", body: bytes = b""
    ) -> tuple[int, bytes, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += (
            f"Authorization: Bearer {token}\r\n" if token else ""
        ) + f"Content-Length: {len(body)}\r\n\r\n"
        kept = self._streams is not None
        try:
            return await self._answer(head.encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            self._streams = None
            if not kept:
                raise
            # The server hangs up on whoever was silent for five seconds.
            return await self._answer(head.encode() + body)

    async def _answer(self, request: bytes) -> tuple[int, bytes, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        answered = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = answered.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        content = await reader.readexactly(int(length)) if length else b""
        return int(answered[9:12]), answered, content

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


def _raise_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def share(values: Sequence[float], part: float) -> float:
    """The value below which `part` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
