"""A mail server for return paths, and for circulars that the city mails: SMTP and LMTP (RFC 5321, RFC 2033), one recipient
a mail, nothing sent ever.

It says no at RCPT to every address that is not ours under our MAC or secret, so a stranger's mail is not even taken in. What
is temporarily impossible is answered 451, and the other server, which has a queue, comes again.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

from aiosmtpd.smtp import Envelope, Session, syntax

from notices.bounces import return_path
from notices.canary import address as canary
from notices.circulation import mail_in
from notices.circulation.mail_in import MailRefused
from server.bounces import circulars, taking
from server.canary import arriving
from server.house import House
from server.processes.ready import NotReady
from server.settings import listen_at
from server.sinks.mail import AnyAddress

log = logging.getLogger("kairan.bounces")

AT_ONCE: Final = 16
"""Connections; further ones are told to come again. With LARGEST it bounds what strangers can make us hold."""
SILENCE: Final = 120.0
"""Seconds without a command, after which a connection is closed."""
LARGE_AT_ONCE: Final = 2
"""Circulars that come in at the same time; each is held in memory."""
_END: Final = b"\r\n.\r\n"

_FOUND: Final = "kairan_about"
_FLIGHT: Final = "kairan_flight"
_CIRCULAR: Final = "kairan_circular"


class Porch(AnyAddress):
    """One connection. A sender may have an address that RFC 5321 does not know, as the carriers' old ones."""

    line_length_limit = 64 * 1024
    """Bytes that are read ahead. Lines longer than RFC 5321 allows are in many a bounce, and do us no harm."""

    def __init__(self, house: House, open_: set["Porch"]) -> None:
        self._hands = _Hands(house)
        super().__init__(
            self._hands,
            data_size_limit=mail_in.LARGEST if house.settings.circular_domain else taking.LARGEST,
            hostname=house.settings.bounce_domain,
            ident="Kairan",
            timeout=SILENCE,
            loop=asyncio.get_running_loop(),
        )
        self._house, self._open = house, open_
        self.most = taking.LARGEST
        """Bytes of the mail that is coming in."""

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:
        # One recipient a mail, so that the one answer to DATA is LMTP's answer for each recipient, too.
        await self.smtp_EHLO(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: ARG002
        # aiosmtpd's own makes an object of each line: 5 MB of line ends took 150 MB, and a minute.
        envelope = self.envelope
        assert envelope is not None
        if not envelope.rcpt_tos:
            await self.push("503 5.5.1 RCPT first")
            return
        self.most = mail_in.LARGEST if hasattr(envelope, _CIRCULAR) else taking.LARGEST
        if self.most > taking.LARGEST and sum(each.most == self.most for each in self._open) > LARGE_AT_ONCE:
            self.most = taking.LARGEST
            await self.push("451 4.3.2 Too many circulars at once, come again")
            return
        await self.push("354 Go on, and end with a dot")
        envelope.content = await self._whole()
        if envelope.content is None:
            await self.push("552 5.3.4 Too much")
        else:
            await self.push(await self._hands.take(envelope))
        self.most = taking.LARGEST
        self.envelope = Envelope()

    async def _whole(self) -> bytes | None:
        """Up to the lone dot (RFC 5321 §4.1.1.4), its stuffing taken out (§4.5.2); None where it was too much.

        Shorter than three octets is no mail: whoever sends that waits for SILENCE.
        """
        kept = bytearray(await self._reader.readexactly(3))
        size, ended = 3, kept == b".\r\n"
        while not ended:
            try:
                piece, ended = await self._reader.readuntil(_END), True
            except asyncio.LimitOverrunError as more:
                piece = await self._reader.readexactly(more.consumed)
            size += len(piece)
            kept += piece if size <= self.most else b""
        if size > self.most:
            return None
        return bytes(kept.removesuffix(b".\r\n")).replace(b"\r\n..", b"\r\n.")

    def _getaddr(self, arg: str) -> tuple[str | None, str]:
        # The null sender of nearly every bounce; aiosmtpd knows it by this name, and takes an empty one for a mistake.
        return ("<>", arg.lstrip()[2:]) if arg.lstrip().startswith("<>") else super()._getaddr(arg)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        if len(self._open) >= AT_ONCE:
            self._wire.write(b"421 4.3.2 Too many connections, come again\r\n")
            self._wire.close()
            return
        self._open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._open:
            self._open.discard(self)
            super().connection_lost(error)

    def hang_up(self) -> None:
        self._wire.abort()

    async def push(self, status: Any) -> None:
        if str(status).startswith("552"):
            taking.ignored(self._house, "too-large")
        await super().push(status)


class _Hands:
    """What is done when aiosmtpd calls; an answer is a line of SMTP."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def handle_RCPT(
        self,
        server: Porch,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        options: list[str],  # noqa: ARG002
    ) -> str:
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        house = self._house
        if (circular := circulars.address_in(house, address)) is not None:
            envelope.rcpt_tos.append(address)
            setattr(envelope, _CIRCULAR, circular)
            return "250 2.1.5 Ok"
        vault, domain = house.keys.vault, house.settings.bounce_domain
        about = return_path.message_of(vault, domain, address)
        flight = canary.token_in(vault, domain, address)
        if about is None and flight is None:
            taking.ignored(house, "forged")
            return "550 5.1.1 There is no such address here"
        envelope.rcpt_tos.append(address)
        setattr(envelope, _FOUND, about)
        setattr(envelope, _FLIGHT, flight)
        return "250 2.1.5 Ok"

    async def take(self, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        if (circular := getattr(envelope, _CIRCULAR, None)) is not None:
            tenant, trusted = circular
            return await self._circular(tenant, envelope.content, trusted=trusted)
        flight = getattr(envelope, _FLIGHT)
        try:
            if flight is not None:
                await arriving.by_mail(self._house, flight, envelope.content)
            else:
                await taking.of_mail(self._house, getattr(envelope, _FOUND), envelope.content)
        except Exception as error:  # too soon, or a database that is away: their queue keeps it
            log.info("a report is to come again: %s", type(error).__name__)
            return "451 4.3.0 Not now, come again"
        return "250 2.0.0 Taken"

    async def _circular(self, tenant: str, raw: bytes, *, trusted: bool) -> str:
        try:
            await circulars.take(self._house, tenant, raw, trusted=trusted)
        except MailRefused as refused:
            taking.ignored(self._house, refused.slug)
            return f"550 {refused.reason}"
        except Exception as error:
            log.info("a circular is to come again: %s", type(error).__name__)
            return "451 4.3.0 Not now, come again"
        taking.ignored(self._house, "circular")
        self._house.wake.now()
        return "250 2.0.0 Taken; it waits as a draft"

    async def handle_exception(self, error: Exception) -> str:
        log.error("a connection failed: %s", type(error).__name__)
        return "451 4.3.0 Not now, come again"


@asynccontextmanager
async def listening(house: House) -> AsyncIterator[asyncio.Server | None]:
    """Takes what comes back, where KAIRAN_BOUNCE_LISTEN says so. Raises NotReady."""
    if not house.settings.bounce_listen:
        yield None
        return
    open_: set[Porch] = set()
    server = await _opened(house, open_)
    try:
        yield server
    finally:
        server.close()
        for porch in list(open_):
            porch.hang_up()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 5)


async def _opened(house: House, open_: set[Porch]) -> asyncio.Server:
    loop, where = asyncio.get_running_loop(), listen_at(house.settings.bounce_listen)
    try:
        if isinstance(where, Path):
            server = await loop.create_unix_server(lambda: Porch(house, open_), where)
            where.chmod(0o666)
            return server
        # Several workers on one machine share the port.
        return await loop.create_server(lambda: Porch(house, open_), *where, reuse_port=True)
    except OSError as error:
        raise NotReady(
            f"Kairan cannot take mail that comes back at {house.settings.bounce_listen} ({error.strerror}). "
            "Choose another KAIRAN_BOUNCE_LISTEN."
        ) from None
