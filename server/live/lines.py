"""One open line: a phone's socket on which we say that something moved, every 20 s that we are there, and good-bye.

Server-sent events as the HTML standard has them (§9.2): `event: poke` with `{"h":{"7":842}}`. No task, no queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol, cast

import msgspec

from server.live.sockets import Header
from sync.live import MADE

DEAF: Final = 16 * 1024
"""Bytes a phone may leave unread before its line is cut: it will come back and pull."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is on the line, and the heads of the scopes they may hear of, `own` among them, as just read."""

    tenant: str
    device: str
    own: int
    heads: Mapping[int, int]


@lru_cache(maxsize=64)
def _event(heads: tuple[tuple[int, int], ...]) -> bytes:
    """Most of those who are poked at one time are told the same."""
    told = {str(scope): head for scope, head in heads if scope != MADE}
    return b"event: poke\ndata: %b\n\n" % msgspec.json.encode({"h": told})


class Board(Protocol):
    def look_again(self, line: Line) -> None: ...
    def hung_up(self, line: Line) -> None: ...


class Line(asyncio.Protocol):
    """`connections`: the set of the web server that it stands in."""

    __slots__ = ("_board", "_transport", "connections", "device", "ends", "own", "scopes", "tenant")

    def __init__(self, board: Board, tenant: str, device: str, ends: float) -> None:
        self._board = board
        self._transport: asyncio.Transport
        self.connections: set[Any] = set()
        self.tenant = tenant
        self.device = device
        self.own = MADE
        self.scopes: Iterable[int] = ()
        self.ends = ends

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.connections.discard(self)
        self._board.hung_up(self)

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        """The buffer is full: whoever does not listen is not waited for."""
        self._transport.abort()

    def shutdown(self) -> None:
        self.end()

    def begin(self, headers: Iterable[Header], retry: int) -> None:
        """`retry`: milliseconds after which a browser comes back. The body ends with the connection."""
        lines = [name + b": " + value for name, value in headers]
        lines.append(b"connection: close\r\n\r\nretry: %d\n\n" % retry)
        self._transport.set_write_buffer_limits(high=DEAF)
        self._transport.write(b"HTTP/1.1 200 OK\r\n" + b"\r\n".join(lines))

    def poke(self, heads: dict[int, int]) -> None:
        """What moved in the person's own scope may be the membership: until that is read again, nothing of other
        scopes is told."""
        if self.own in heads or MADE in heads:
            heads = {self.own: heads[self.own]} if self.own in heads and self.own != MADE else {}
            self._board.look_again(self)
        if heads:
            self.say(heads)

    def say(self, heads: Mapping[int, int]) -> None:
        self._write(_event(tuple(heads.items())))

    def end(self) -> None:
        """At once: what an unresponsive phone has not read is not waited for."""
        if self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()

    @property
    def gone(self) -> bool:
        return self._transport.is_closing()

    def _write(self, event: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(event)

    def beat(self, now: float) -> bool:
        """A sign of life, or at its time the end; whether there will be another."""
        if now >= self.ends and not self.gone:
            self.end()
        self._write(b":\n\n")
        return not self.gone
