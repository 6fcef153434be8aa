"""Mail over a few connections that stay open, one envelope per recipient.

At most `per_lane` messages of one destination are in the dialogue at once (so many copies at most can become
ambiguous), and at most `in_all` connections are open; a destination whose server stalls holds only its own slots.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from notices.channels import Crossing, Mail, Outgoing, Settle
from notices.channels.lanes import Gathered, mails, through_lanes
from notices.channels.smtp import Connection, HungUp, Line, NotConnected, Timeouts
from notices.channels.smtp_url import Relay
from notices.errors import KairanError
from notices.mail_address import checked
from notices.outcomes import Later, Outcome, Refused


@dataclass(frozen=True, slots=True)
class Bounds:
    """`per_connection` messages, then a new connection: servers count, and so may we."""

    per_lane: int = 8
    in_all: int = 32
    per_connection: int = 500
    idle_seconds: float = 10.0


class MailChannel:
    """`sender` is the checked envelope sender, `helo` our host's name, `now` the clock of the Date header."""

    name = "mail"

    def __init__(
        self,
        relay: Relay,
        *,
        sender: str,
        helo: str,
        now: Callable[[], datetime],
        timeouts: Timeouts | None = None,
        bounds: Bounds | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._sender, self._now = checked(sender), now
        self._bounds = bounds or Bounds()
        line = Line(relay, helo, timeouts or Timeouts(), tls)
        self._pool = _Pool(line, self._bounds)
        self._lanes: dict[str, asyncio.Semaphore] = {}

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        cross = Gathered(crossing)

        async def one(message: Mail) -> Outcome:
            async with self._lane(message.lane):
                return await self._sent(message, cross)

        await through_lanes(mails(batch), slots=self._bounds.per_lane, send_one=one, settle=settle)

    async def close(self) -> None:
        await self._pool.close()

    def _lane(self, lane: str) -> asyncio.Semaphore:
        """Shared by all batches of the lane that are under way."""
        return self._lanes.setdefault(lane, asyncio.Semaphore(self._bounds.per_lane))

    async def _sent(self, message: Mail, cross: Gathered) -> Outcome:
        try:
            to = checked(message.to.address)
            wire = message.body.to(to, message.id, self._now(), message.unsubscribe)
        except KairanError:
            return Refused(None, "address-refused")

        async def crossed() -> bool:
            return await _asked(cross, message.id)

        try:
            # A connection that lay idle may be dead without our knowing: once more, over a new one.
            for fresh in (False, True):
                async with self._pool.connection(fresh=fresh) as connection:
                    used_before = connection.sent > 0
                    try:
                        return await connection.carry(self._sender, to, wire, crossed)
                    except HungUp:
                        if not used_before:
                            break
        except NotConnected as refusal:
            return refusal.outcome
        return Later(None, "server-hung-up")


async def _asked(cross: Gathered, message: str) -> bool:
    """A database that cannot commit `crossing_at` means no: the message must not cross unrecorded."""
    try:
        return await cross(message)
    except Exception:
        return False


class _Pool:
    def __init__(self, line: Line, bounds: Bounds) -> None:
        self._line, self._bounds = line, bounds
        self._room = asyncio.Semaphore(bounds.in_all)
        self._idle: list[tuple[float, Connection]] = []

    @asynccontextmanager
    async def connection(self, *, fresh: bool) -> AsyncIterator[Connection]:
        """The connection used last (or a new one); it is kept afterwards when it can be used again."""
        async with self._room:
            connection = (None if fresh else await self._kept()) or await Connection.opened(self._line)
            try:
                yield connection
            finally:
                if connection.usable and connection.sent < self._bounds.per_connection:
                    self._idle.append((time.monotonic(), connection))
                else:
                    connection.abandon()

    async def _kept(self) -> Connection | None:
        while self._idle:
            since, connection = self._idle.pop()
            if connection.usable and time.monotonic() - since < self._bounds.idle_seconds:
                return connection
            await connection.quit()
        return None

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        for _, connection in idle:
            await connection.quit()
