"""A phone on the line, over a real socket; and servers in processes of their own to listen to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.forked import Forked

SOON = 15
"""Seconds after which a test has waited long enough; nothing here is a measurement."""


@dataclass(frozen=True)
class Event:
    name: str
    data: Any


class Line:
    """`status` and `headers` of the answer; then its events, one by one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.status = 0
        self.headers: dict[str, str] = {}
        self.retry = 0

    async def begin(self, host: str, token: str, path: str) -> None:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
        self._writer.write(request.encode())
        status, *headers = (await self._reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        self.status = int(status.split()[1])
        self.headers = dict(header.lower().split(": ", 1) for header in headers)

    async def block(self) -> list[str]:
        """The lines up to the next empty one; empty at the end of the stream."""
        try:
            async with asyncio.timeout(SOON):
                text = await self._reader.readuntil(b"\n\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return []
        return text.decode().strip().split("\n")

    async def event(self) -> Event | None:
        """The next one, signs of life left out; None at the end."""
        while block := await self.block():
            fields = dict(line.split(": ", 1) for line in block if ": " in line)
            self.retry = int(fields.get("retry", self.retry))
            if "event" in fields:
                return Event(fields["event"], json.loads(fields["data"]))
        return None

    async def poke(self) -> dict[int, int]:
        """The heads of the next poke. Fails at the end of the line."""
        event = await self.event()
        assert event is not None, "the line has ended"
        assert event.name == "poke"
        assert set(event.data) == {"h"}, "never data"
        return {int(scope): head for scope, head in event.data["h"].items()}

    async def body(self) -> Any:
        return json.loads(await self._reader.readexactly(int(self.headers["content-length"])))

    def hang_up(self) -> None:
        self._writer.close()


@asynccontextmanager
async def on_the_line(url: str, token: str, path: str = "/sync/v1/live") -> AsyncIterator[Line]:
    host = url.removeprefix("http://")
    address, port = host.split(":")
    reader, writer = await asyncio.open_connection(address, int(port))
    line = Line(reader, writer)
    try:
        await line.begin(host, token, path)
        yield line
    finally:
        writer.close()


@dataclass
class Toy:
    """A toy server (tests/laws/toyserver.py) in a process of its own."""

    process: Forked
    said: dict[str, Any]
    http: httpx.AsyncClient

    @property
    def url(self) -> str:
        url: str = self.said["url"]
        return url

    async def do(self, what: str, **said: Any) -> Any:
        answer = await self.http.post(f"/toy/{what}", json=said, timeout=SOON)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def scope(self, kind: str, key: str) -> int:
        scopes = (await self.do("heads"))["scopes"]
        return next(int(each["id"]) for each in scopes if (each["kind"], each["key"]) == (kind, key))


@asynccontextmanager
async def toy(database_url: str, folder: Path, *more: str) -> AsyncIterator[Toy]:
    told = ("--database-url", database_url, "--folder", str(folder))
    process = Forked("tests.laws.toyserver", "--follow", *told, *more)
    try:
        async with asyncio.timeout(60):
            said = json.loads(await process.says())
        async with httpx.AsyncClient(base_url=said["url"]) as http:
            yield Toy(process, said, http)
    finally:
        await asyncio.to_thread(process.end)
