"""A connection that may carry mail: connected, encrypted and logged in, by aiosmtplib.

What follows on it is ours (smtp.py): aiosmtplib knows no pipelining, and raises the same exception for a drop before
DATA and after the final dot.
"""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import aiosmtplib

from notices.channels.smtp_replies import outcome_of
from notices.channels.smtp_url import Relay
from notices.outcomes import Later

_REST: Final = timedelta(seconds=60)
_MENDING: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `end` is the wait after the final dot: a server may be filing the message all that time.

    `patience` is how long a message whose envelope was sent behind that dot waits with it, before another slot has it.
    """

    connect: float = 300
    command: float = 300
    data: float = 120
    end: float = 600
    patience: float = 1


@dataclass(frozen=True, slots=True)
class Line:
    """All that a connection is opened with. `tls`: whom to trust; by default what the system trusts.

    `pipelining`: where the server offers it.
    """

    relay: Relay
    helo: str
    timeouts: Timeouts
    tls: ssl.SSLContext | None = None
    pipelining: bool = True


class NotConnected(Exception):
    """No usable connection; `outcome` says why, and shuts the lane."""

    def __init__(self, outcome: Later) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


async def opened(line: Line) -> tuple[asyncio.BaseTransport, bool]:
    """The connection, and whether the server takes commands in groups. Raises NotConnected.

    Never falls back to clear text.
    """
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
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        client.close()
        raise NotConnected(_why_not(error)) from error
    if client.transport is None:  # gone with its last answer
        raise NotConnected(Later(None, "server-unreachable", _REST, whole_lane=True))
    return client.transport, client.supports_extension("pipelining")


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
