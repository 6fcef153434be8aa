"""Kairan as a browser at a push service: autopush's line (WebSocket, `push-notification`), with keys of its own.

Everything lies in memory: a worker that starts anew subscribes anew, as a browser with a fresh profile does.
What comes is opened by server/sinks/decrypt.py, which shares nothing with what encrypts for residents' phones.
Sources: autopush-rs, "WebSocket protocol"; Firefox's PushServiceWebSocket.sys.mjs; RFC 8291.
"""

import asyncio
import json
import os
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notices.channels import PushAddress
from server.sinks.decrypt import CannotDecrypt, decrypted

PATIENCE: Final = 10.0
"""Seconds for the service to answer what it is asked."""
_LARGEST: Final = 64 * 1024
_OPENED, _NOT_OPENED = 100, 101
"""How a browser acknowledges what it could decrypt, and what it could not."""


class Deaf(Exception):
    """The service lets us not listen, or says what no browser would understand."""


@dataclass(slots=True)
class Browser:
    """`address`: of the line, wss://…; `server_key`: who alone may push here, in base64url (RFC 8292 §4.2)."""

    address: str
    server_key: str
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    _auth: bytes = field(default_factory=lambda: os.urandom(16))
    _agent: str = ""
    _channel: str = ""
    _endpoint: str = ""

    @asynccontextmanager
    async def line(self) -> AsyncIterator["Line"]:
        """Connected, and subscribed. Raises Deaf."""
        async with aiohttp.ClientSession() as session:
            try:
                async with asyncio.timeout(PATIENCE):
                    socket = await session.ws_connect(
                        self.address, protocols=["push-notification"], max_msg_size=_LARGEST
                    )
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                raise Deaf(type(error).__name__) from error
            async with socket:
                line = Line(self, socket)
                await self._greet(line)
                yield line

    def subscription(self) -> PushAddress:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return PushAddress(endpoint=self._endpoint, p256dh=_text(point), auth=_text(self._auth))

    def forget(self) -> None:
        """The subscription is dead: the next line makes another."""
        self._endpoint = ""

    def opened(self, said: dict[str, Any]) -> bytes:
        """Raises CannotDecrypt."""
        return decrypted(_bytes(str(said.get("data", ""))), self._key, self._auth)

    async def _greet(self, line: "Line") -> None:
        hello = {"messageType": "hello", "use_webpush": True, "broadcasts": {}}
        said = await line.asked(hello | ({"uaid": self._agent} if self._agent else {}), "hello")
        known, self._agent = self._agent, str(said.get("uaid", ""))
        # A service that gives us another name has lost what we had there.
        if known != self._agent or not self._endpoint:
            await self._subscribe(line)

    async def _subscribe(self, line: "Line") -> None:
        self._channel = str(uuid.uuid4())
        asked = {"messageType": "register", "channelID": self._channel, "key": self.server_key}
        self._endpoint = str((await line.asked(asked, "register")).get("pushEndpoint", ""))
        if not self._endpoint:
            raise Deaf("no endpoint")


@dataclass(slots=True)
class Line:
    browser: Browser
    socket: aiohttp.ClientWebSocketResponse
    _early: list[dict[str, Any]] = field(default_factory=list)
    """What came while something else was asked: the service brings what waited, right after its greeting."""

    async def asked(self, what: dict[str, Any], kind: str) -> dict[str, Any]:
        """The answer. Raises Deaf."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.socket.send_json(what)
                while (said := await self._next()).get("messageType") != kind:
                    self._early.append(said)
        except (TimeoutError, OSError) as error:
            raise Deaf(f"{kind}: {type(error).__name__}") from error
        if said.get("status", 200) != 200:
            raise Deaf(f"{kind}: {said.get('status')}")
        return said

    async def push(self) -> bytes:
        """The next that was pushed to us, opened and acknowledged. Raises Deaf, CannotDecrypt."""
        while (said := await self._any()).get("messageType") != "notification":
            pass
        try:
            payload = self.browser.opened(said)
        except (CannotDecrypt, ValueError) as error:
            await self._acknowledge(said, _NOT_OPENED)
            raise CannotDecrypt(str(error)) from error
        await self._acknowledge(said, _OPENED)
        return payload

    async def _any(self) -> dict[str, Any]:
        return self._early.pop(0) if self._early else await self._next()

    async def _next(self) -> dict[str, Any]:
        message = await self.socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise Deaf(message.type.name)
        try:
            said = json.loads(message.data)
        except (ValueError, RecursionError):
            raise Deaf("no JSON") from None
        return said if isinstance(said, dict) else {}

    async def _acknowledge(self, said: dict[str, Any], code: int) -> None:
        # An answer nobody takes any more costs nothing: the service brings it again.
        update = {"channelID": said.get("channelID"), "version": said.get("version"), "code": code}
        with suppress(OSError):
            await self.socket.send_json({"messageType": "ack", "updates": [update]})


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
