"""The few connections that stay open, shared by all lanes."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple

from notices.channels.room import Room
from notices.channels.smtp import Connection
from notices.channels.smtp_opening import Line

PATIENCE: Final = 1.0
"""Seconds without a word of the server after which a place is lent to others."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """`per_connection` messages, then a new connection: servers count, and so may we.

    Of the slots of a lane (`per_lane`: so many messages at most can become ambiguous) and of all connections
    (`in_all`), a quarter is for emergencies alone: `lane_reserve` and `reserve`. After a `turn` of so many messages a
    connection goes to whoever waits for it. At most `lent` places more are open while some hang: with them it is 48 in
    all, under the 50 that Postfix grants one client.
    """

    per_lane: int = 8
    lane_reserve: int = 2
    in_all: int = 40
    reserve: int = 10
    lent: int = 8
    per_connection: int = 500
    turn: int = 16
    idle_seconds: float = 10.0


class _Held(NamedTuple):
    """A connection in somebody's hands: what it had carried before, and for whom it is."""

    carried: int
    emergency: bool


class Pool:
    def __init__(self, line: Line, bounds: Bounds) -> None:
        self._line, self._bounds = line, bounds
        self._room = Room(bounds.in_all, bounds.reserve)
        self._idle: list[tuple[float, Connection]] = []
        self._held: dict[Connection, _Held] = {}
        self._silent = False
        self._watch: asyncio.TimerHandle | None = None

    def goes_on(self, connection: Connection, *, wanted: bool) -> bool:
        """Whether whoever has it may send one more. `wanted`: others wait for the slot; some may wait for a connection.

        They get it after a turn, not after each message: what is begun behind a final dot costs no round trip.
        """
        held = self._held.get(connection)
        in_turn = connection.carried - (held.carried if held else 0) < self._bounds.turn
        return self._may_last(connection) and (in_turn or not (wanted or self._room.wanted))

    @asynccontextmanager
    async def connection(self, *, emergency: bool, fresh: bool) -> AsyncIterator[Connection]:
        """The connection used last (or a new one); it is kept afterwards when it can be used again.

        Raises NotConnected.
        """
        async with self._room.place(emergency):
            connection = (None if fresh else self._kept()) or await Connection.opened(self._line)
            self._held[connection] = _Held(connection.carried, emergency)
            self._watch = self._watch or asyncio.get_running_loop().call_later(PATIENCE, self._look)
            try:
                yield connection
            finally:
                del self._held[connection]
                if self._silent:
                    self._lend()
                if not connection.usable or connection.begun is not None:
                    connection.abandon()
                elif self._may_last(connection):
                    self._idle.append((time.monotonic(), connection))
                else:
                    connection.quit()

    def _look(self) -> None:
        self._lend()
        again = asyncio.get_running_loop().call_later(PATIENCE, self._look) if self._held else None
        self._watch = again

    def _lend(self) -> None:
        """What waits for a server that says nothing has its connection, and no place that another lane could use."""
        now = asyncio.get_running_loop().time()
        silent = [
            held.emergency
            for connection, held in self._held.items()
            if (since := connection.waits_since) is not None and now - since >= PATIENCE
        ]
        self._silent = bool(silent)
        most = self._bounds.lent
        emergencies = min(sum(silent), most)
        self._room.lend(min(len(silent) - sum(silent), most - emergencies), emergencies)

    def _may_last(self, connection: Connection) -> bool:
        return connection.carried < self._bounds.per_connection

    def _kept(self) -> Connection | None:
        while self._idle:
            since, connection = self._idle.pop()
            if connection.usable and time.monotonic() - since < self._bounds.idle_seconds:
                return connection
            connection.quit()
        return None

    def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.quit()
