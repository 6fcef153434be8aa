"""A local SMTP server that takes every mail and keeps it, in the loop of whoever starts it."""

import asyncio
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a mail lies in the spool; `id` counts from 1."""

    id: int
    at: datetime
    sender: str
    recipients: tuple[str, ...]
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Letterbox:
    """One mail, read."""

    id: int
    at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes = field(repr=False)

    @property
    def parsed(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    def body(self, kind: str) -> str:
        """The text of its part `plain` or `html`; empty when there is none."""
        part = self.parsed.get_body((kind,))
        return str(part.get_content()) if part is not None else ""

    def summary(self) -> dict[str, Any]:
        """For a list on a screen or as JSON."""
        mail = self.parsed
        headers = {name: str(mail[name] or "") for name in ("From", "To", "Subject", "Date", "Message-ID")}
        return {"id": self.id, "at": self.at.isoformat(), "recipients": list(self.recipients), **headers}


class MailSink:
    """`await start()`, then `url` is a KAIRAN_SMTP_URL; `messages()` has what came.

    Tests subclass it: `smtp()` makes the protocol of each connection, `handle_DATA` and other aiosmtpd hooks answer.
    Mails lie in an unnamed temporary file, so that ten thousand of them cost no memory.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._tls, self._now = tls, now
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the sink
        self._kept: list[Kept] = []
        self._server: asyncio.Server | None = None
        self.connections = 0
        self.port = 0
        self.pause = 0.0
        """Seconds from the final dot to the answer."""

    @property
    def url(self) -> str:
        return f"smtp{'+starttls' if self._tls else '+plain'}://127.0.0.1:{self.port}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = await asyncio.get_running_loop().create_server(self._connected, host, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._spool.close()

    def _connected(self) -> asyncio.BaseProtocol:
        self.connections += 1
        return self.smtp()

    def smtp(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = AnyAddress(
            self, hostname="sink.example.jp", tls_context=self._tls, loop=asyncio.get_running_loop()
        )
        return protocol

    async def handle_EHLO(  # aiosmtpd answers commands that come in groups, and does not say so
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,
        envelope: Envelope,  # noqa: ARG002
        hostname: str,
        offers: list[str],
    ) -> list[str]:
        session.host_name = hostname
        return [*offers[:-1], "250-PIPELINING", offers[-1]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002
        self.keep(envelope.mail_from or "", tuple(envelope.rcpt_tos), bytes(envelope.original_content or b""))
        await asyncio.sleep(self.pause)
        return "250 2.0.0 kept"

    def keep(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> None:
        start = self._spool.seek(0, 2)
        self._spool.write(raw)
        self._kept.append(Kept(len(self._kept) + 1, self._now(), sender, recipients, start, len(raw)))

    def messages(self, to: str | None = None) -> list[Letterbox]:
        """Oldest first; `to` picks a recipient."""
        return [self._read(kept) for kept in self._kept if to is None or to in kept.recipients]

    def message(self, id: int) -> Letterbox | None:
        return self._read(self._kept[id - 1]) if 0 < id <= len(self._kept) else None

    def recipients(self) -> list[str]:
        """Everybody who got a mail, once per mail, without reading one."""
        return [recipient for kept in self._kept for recipient in kept.recipients]

    @property
    def count(self) -> int:
        return len(self._kept)

    def _read(self, kept: Kept) -> Letterbox:
        self._spool.seek(kept.start)
        raw = self._spool.read(kept.size)
        return Letterbox(kept.id, kept.at, kept.sender, kept.recipients, raw)


class AnyAddress(SMTP):
    """aiosmtpd refuses `a..b@docomo.ne.jp`; the carriers' servers do not."""

    def _getaddr(self, arg: str) -> tuple[str | None, str]:
        text = arg.lstrip()
        if not text.startswith("<") or ">" not in text:
            return None, ""
        address, _, rest = text[1:].partition(">")
        return address, rest
