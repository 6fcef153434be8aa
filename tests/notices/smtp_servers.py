"""Mail servers that misbehave on purpose, byte by byte, on real sockets."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DROP, SILENCE = b"drop", b"silence"
_WELL_BEHAVED = {
    "greeting": b"220 here\r\n", "ehlo": b"250 here\r\n", "mail": b"250 ok\r\n", "rcpt": b"250 ok\r\n",
    "data": b"354 go\r\n", "end": b"250 kept\r\n", "rset": b"250 ok\r\n", "noop": b"250 ok\r\n",
    "quit": b"221 bye\r\n", "lost": b"503 5.5.1 no recipient\r\n",
}  # fmt: skip


class ScriptedServer:
    """Answers each stage from `replies`: greeting, ehlo, mail, rcpt, data, end, rset, noop, quit.

    A reply is bytes (with DROP at its end: and hang up), SILENCE (and nothing any more), or a function of the line received.
    `lines` holds what it was told, `mails` the messages whose final dot it saw. A server that says PIPELINING
    answers DATA without a recipient with 503, as RFC 2920 §3.2 asks.
    """

    def __init__(self, *, pipelining: bool = False, **replies: bytes | Callable[[bytes], bytes]) -> None:
        offered: dict[str, bytes | Callable[[bytes], bytes]] = {}
        if pipelining:
            offered = {"ehlo": b"250-here\r\n250 PIPELINING\r\n"}
        self.replies: dict[str, bytes | Callable[[bytes], bytes]] = {**_WELL_BEHAVED, **offered, **replies}
        self.pipelining = pipelining
        self.lines: list[bytes] = []
        self.mails: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        has_recipient = True
        try:
            if await self._answer("greeting", b"", writer) is None:
                return
            while line := await reader.readline():
                self.lines.append(line.strip())
                stage = line[:4].decode("latin-1").lower()
                if stage == "data" and self.pipelining and not has_recipient:
                    stage = "lost"
                said = await self._answer(stage, line, writer)
                if said is None:
                    return
                if stage in ("mail", "rcpt"):
                    has_recipient = stage == "rcpt" and said.startswith(b"25")
                if stage == "data" and said == b"354 go\r\n":
                    self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                    if await self._answer("end", self.mails[-1], writer) is None:
                        return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, stage: str, line: bytes, writer: asyncio.StreamWriter) -> bytes | None:
        """What was said; None after hanging up."""
        reply = self.replies.get(stage, b"502 what\r\n")
        reply = reply(line) if callable(reply) else reply
        if reply.endswith(DROP):
            writer.write(reply.removesuffix(DROP))
            await writer.drain()
            writer.close()
            return None
        if reply == SILENCE:
            await asyncio.Event().wait()
        writer.write(reply)
        await writer.drain()
        return reply


@asynccontextmanager
async def listening(server: ScriptedServer) -> AsyncIterator[ScriptedServer]:
    async with serving(server.talk) as server.port:
        yield server


@asynccontextmanager
async def serving(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """The port where each connection gets this talk. What is still said at the end is broken off."""
    talking: set[asyncio.Task[None]] = set()

    async def talked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await talk(reader, writer)
            writer.close()
        finally:
            if not writer.is_closing():
                writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.add(asyncio.create_task(talked(reader, writer)))

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await listener.wait_closed()
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(server's context, a context that trusts it), for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )  # fmt: skip
    chain = folder / "mail.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(private + made.public_bytes(Encoding.PEM))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(chain)
    trusting = ssl.create_default_context(cadata=made.public_bytes(Encoding.PEM).decode())
    return serving, trusting
