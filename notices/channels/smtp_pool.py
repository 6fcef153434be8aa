"""The few connections that stay open, shared by all lanes."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from notices.channels.room import Room
from notices.channels.smtp import Connection
from notices.channels.smtp_opening import Line


@dataclass(frozen=True, slots=True)
class Bounds:
    """`per_connection` messages, then a new connection: servers count, and so may we.

    Of the slots of a lane (`per_lane`: so many messages at most can become ambiguous) and of all connections
    (`in_all`), a quarter is for emergencies alone: `lane_reserve` and `reserve`. After a `turn` of so many messages a
    connection goes to whoever waits for it.
    """

    per_lane: int = 8
    lane_reserve: int = 2
    in_all: int = 32
    reserve: int = 8
    per_connection: int = 500
    turn: int = 16
    idle_seconds: float = 10.0


class Pool:
    def __init__(self, line: Line, bounds: Bounds) -> None:
        self._line, self._bounds = line, bounds
        self._room = Room(bounds.in_all, bounds.reserve)
        self._idle: list[tuple[float, Connection]] = []
        self._since: dict[Connection, int] = {}

    def goes_on(self, connection: Connection, *, wanted: bool) -> bool:
        """Whether whoever has it may send one more. `wanted`: others wait for the slot; some may wait for a connection.

        They get it after a turn, not after each message: what is begun behind a final dot costs no round trip.
        """
        in_turn = connection.carried - self._since.get(connection, 0) < self._bounds.turn
        return self._may_last(connection) and (in_turn or not (wanted or self._room.wanted))

    @asynccontextmanager
    async def connection(self, *, emergency: bool, fresh: bool) -> AsyncIterator[Connection]:
        """The connection used last (or a new one); it is kept afterwards when it can be used again.

        Raises NotConnected.
        """
        async with self._room.place(emergency):
            connection = (None if fresh else self._kept()) or await Connection.opened(self._line)
            self._since[connection] = connection.carried
            try:
                yield connection
            finally:
                del self._since[connection]
                if not connection.usable or connection.begun is not None:
                    connection.abandon()
                elif self._may_last(connection):
                    self._idle.append((time.monotonic(), connection))
                else:
                    connection.quit()

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
        idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.quit()
