"""What a mail server says, cut into one reply for each command, in order (RFC 5321 §4.2, RFC 2920 §3.1).

Nothing it says is believed beyond what it was asked: a reply too many, a line that is none, a reply that
contradicts itself or does not end, each leaves the dialogue out of step. What is held of it stays small.
"""

import asyncio
from collections import deque
from typing import Final, NamedTuple, cast

_LONGEST: Final = 32 * 1024
"""Bytes of one reply, with all its lines: generous over any real one, and the most that is held."""
_MARKS: Final = (b" ", b"", b"-")


class HungUp(Exception):
    """The connection ended before an answer."""


class Reply(NamedTuple):
    """`code` is −1 for what was no reply; `text` the lines without it."""

    code: int
    text: bytes


class Dialogue(asyncio.Protocol):
    """Takes over a connection on which greeting, TLS and login are done."""

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._unanswered = 0
        self._replies: deque[Reply] = deque()
        self._rest = b""
        self._lines: list[bytes] = []
        self._code: bytes | None = None
        self._held = 0
        self._astray = False
        self._lost = False
        self._loop = asyncio.get_running_loop()  # kept: on 3.11 each look for it is a system call
        self._waiter: asyncio.Future[None] | None = None
        self._waits_since = 0.0
        self._transport.set_protocol(self)

    @property
    def alive(self) -> bool:
        return not (self._lost or self._transport.is_closing())

    @property
    def in_step(self) -> bool:
        """False once the server said more than it was asked: it would be taken for its next reply."""
        return not self._astray and (self._unanswered > 0 or not (self._rest or self._lines))

    @property
    def owed(self) -> int:
        """Replies to what was asked that nobody has read yet."""
        return self._unanswered + len(self._replies)

    @property
    def waits_since(self) -> float | None:
        """In the loop's time, where a reply is waited for just now."""
        return None if self._waiter is None else self._waits_since

    def ask(self, commands: bytes, replies: int) -> None:
        """Writes at once; so many replies are to come. Raises HungUp: then nothing was written."""
        if not self.alive:
            raise HungUp
        self._unanswered += replies
        self._transport.write(commands)

    async def reply(self, seconds: float) -> Reply:
        """The next one. Raises TimeoutError, and HungUp when none can come any more."""
        if not self._replies:
            await self._arrival(seconds)
        return self._replies.popleft()

    def farewell(self) -> None:
        """Says QUIT and does not wait for the answer."""
        if self.alive and not self.owed:
            self._transport.write(b"QUIT\r\n")
            self._transport.close()
        else:
            self._transport.abort()

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._astray:
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line.removesuffix(b"\r"))
        if self._held + len(self._rest) > _LONGEST:
            self._end_of_trust()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._lost = True
        self._wake()

    def _take(self, line: bytes) -> None:
        """One line: a reply, or part of one."""
        code, mark = line[:3], line[3:4]
        if (
            self._astray
            or len(code) != 3
            or not code.isdigit()
            or mark not in _MARKS
            or self._code not in (None, code)
        ):
            self._end_of_trust()
            return
        self._lines.append(line[4:])
        if mark == b"-":
            self._code = code
            self._held += len(line)
            return
        text = self._lines[0] if len(self._lines) == 1 else b"\n".join(self._lines)
        self._lines, self._code, self._held = [], None, 0
        if self._unanswered:
            self._unanswered -= 1
            self._replies.append(Reply(int(code), text))
        else:
            self._astray = True

    def _end_of_trust(self) -> None:
        if self._unanswered and not self._astray:
            self._replies.append(Reply(-1, b""))
        self._astray = True
        self._rest, self._lines, self._held = b"", [], 0

    async def _arrival(self, seconds: float) -> None:
        if self._lost or self._astray:
            raise HungUp
        self._waiter = self._loop.create_future()
        self._waits_since = self._loop.time()
        timer = self._loop.call_later(seconds, self._late)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None
        if not self._replies:
            raise HungUp

    def _late(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(TimeoutError())

    def _wake(self) -> None:
        if (
            self._waiter is not None
            and not self._waiter.done()
            and (self._replies or self._lost or self._astray)
        ):
            self._waiter.set_result(None)
