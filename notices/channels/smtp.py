"""One connection to the mail server, and one message over it: MAIL, RCPT and DATA apart.

aiosmtplib raises the same exception for a drop before DATA and after the final dot; the first is harmless, the
second ambiguous. So each stage is called by itself, with the time-out RFC 5321 §4.5.3.2 gives it.
"""

import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import aiosmtplib

from notices.channels.smtp_replies import Stage, outcome_of
from notices.channels.smtp_url import Relay
from notices.outcomes import Later, Outcome, Sent, Unknown

_REST = timedelta(seconds=60)
_MENDING = timedelta(minutes=10)
_DOT_AT_LINE_START = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `end` is the wait after the final dot: a server may be filing the message all that time."""

    connect: float = 300
    command: float = 300
    data: float = 120
    end: float = 600


@dataclass(frozen=True, slots=True)
class Line:
    """All that a connection is opened with. `tls`: whom to trust; by default what the system trusts."""

    relay: Relay
    helo: str
    timeouts: Timeouts
    tls: ssl.SSLContext | None = None


class NotConnected(Exception):
    """No usable connection; `outcome` says why, and shuts the lane."""

    def __init__(self, outcome: Later) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class HungUp(Exception):
    """The connection ended before anything ambiguous: the message may be tried again at once."""


class Connection:
    """`usable` is false once the dialogue has lost its footing; `sent` counts the messages it carried."""

    def __init__(self, client: aiosmtplib.SMTP, timeouts: Timeouts) -> None:
        self._client = client
        self._timeouts = timeouts
        self._clean = True
        self.sent = 0

    @classmethod
    async def opened(cls, line: Line) -> "Connection":
        """Raises NotConnected. Never falls back to clear text."""
        relay = line.relay
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            local_hostname=line.helo,
            timeout=line.timeouts.connect,
            use_tls=relay.security == "tls",
            start_tls=False,  # ours, below: as a step with an answer of its own
            tls_context=line.tls,
        )
        try:
            await _ready(client, relay)
        except NotConnected:
            client.close()
            raise
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise NotConnected(_why_not(error)) from error
        return cls(client, line.timeouts)

    @property
    def usable(self) -> bool:
        return self._clean and self._client.is_connected

    async def carry(self, sender: str, to: str, wire: bytes, cross: Callable[[], Awaitable[bool]]) -> Outcome:
        """One envelope, one recipient. `cross` is asked once, just before the message's bytes and final dot.

        Raises HungUp when the connection ended without an answer before DATA.
        """
        self._clean = False
        try:
            outcome = await self._envelope(sender, to)
            if outcome is not None:
                await self._reset()
                return outcome
            if not await cross():
                # In the middle of DATA only hanging up takes a message back (RFC 5321 §4.1.1.4).
                self._client.close()
                return Later(None, "lease-lost")
        except aiosmtplib.SMTPTimeoutError:
            self._client.close()
            return Later(None, "server-silent")
        except aiosmtplib.SMTPServerDisconnected as error:
            raise HungUp from error
        except aiosmtplib.SMTPResponseException as error:  # a reply that could not be read: code -1
            self._client.close()
            return Later(error.code, "server-confused")
        return await self._message(wire)

    async def _envelope(self, sender: str, to: str) -> Outcome | None:
        """None when the server waits for the message."""
        command = self._timeouts.command
        steps: tuple[tuple[Stage, bytes, tuple[int, ...], float], ...] = (
            ("mail", b"MAIL FROM:<%s>" % sender.encode("ascii"), (250,), command),
            ("rcpt", b"RCPT TO:<%s>" % to.encode("ascii"), (250, 251, 252), command),
            ("data", b"DATA", (354,), self._timeouts.data),
        )
        for stage, line, hoped, timeout in steps:
            reply = await self._client.execute_command(line, timeout=timeout)
            if not self._in_step():
                return Later(reply.code, "server-confused")
            if reply.code not in hoped:
                return outcome_of(stage, reply.code, reply.message)
        return None

    def _in_step(self) -> bool:
        """False when the server said more than it was asked: aiosmtplib would take it for its next reply."""
        protocol = self._client.protocol
        return protocol is None or not protocol._buffer

    async def _message(self, wire: bytes) -> Outcome:
        """From here on, no clear answer means that a copy may have arrived."""
        protocol = self._client.protocol
        if protocol is None or not protocol.is_connected:
            return Later(
                None, "server-hung-up"
            )  # before the first byte of the message: nothing ambiguous yet
        try:
            protocol.write(_DOT_AT_LINE_START.sub(b"..", wire) + b".\r\n")
            reply = await protocol.read_response(timeout=self._timeouts.end)
        except (aiosmtplib.SMTPException, OSError):
            self._client.close()
            return Unknown("unanswered")
        self._clean = self._in_step()
        self.sent += 1
        if 200 <= reply.code < 300:
            return Sent(reply.code)
        if 400 <= reply.code < 600:
            return outcome_of("end", reply.code, reply.message)
        self._client.close()
        return Unknown("unanswered")

    async def _reset(self) -> None:
        """Ready for the next envelope, or closed."""
        with suppress(aiosmtplib.SMTPException, OSError):
            reply = await self._client.execute_command(b"RSET", timeout=self._timeouts.command)
            self._clean = reply.code == 250 and self._in_step()
        if not self._clean:
            self._client.close()

    def abandon(self) -> None:
        self._client.close()

    async def quit(self) -> None:
        """Politely where possible; never longer than a moment."""
        with suppress(aiosmtplib.SMTPException, OSError):
            await self._client.quit(timeout=2)
        self._client.close()


async def _ready(client: aiosmtplib.SMTP, relay: Relay) -> None:
    await client.connect()
    if relay.security == "starttls":
        await _encrypt(client)
    await client.ehlo()
    if relay.user is not None:
        await _log_in(client, relay.user, relay.password or "")


async def _encrypt(client: aiosmtplib.SMTP) -> None:
    try:
        await client.starttls()
    except (aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPServerDisconnected):
        raise
    except aiosmtplib.SMTPException as error:
        # Not offered, or refused: perhaps somebody in between took it out of the greeting. We do not go on.
        raise NotConnected(Later(None, "tls-missing", _REST, whole_lane=True)) from error


async def _log_in(client: aiosmtplib.SMTP, user: str, password: str) -> None:
    try:
        await client.login(user, password)
    except (aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPServerDisconnected):
        raise
    except aiosmtplib.SMTPException as error:
        code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None
        raise NotConnected(Later(code, "login-refused", _MENDING, whole_lane=True)) from error


def _why_not(error: Exception) -> Later:
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return Later(None, "tls-failed", _REST, whole_lane=True)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        outcome = outcome_of("connect", error.code, error.message)
        return outcome if isinstance(outcome, Later) else Later(error.code, "server-confused", _REST, True)
    reason = "server-silent" if isinstance(error, TimeoutError) else "server-unreachable"
    return Later(None, reason, _REST, whole_lane=True)
