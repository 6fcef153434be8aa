"""A local push service (RFC 8030) that opens what it gets, as the browsers behind a real one would.

It makes its own subscriptions, keys included, checks VAPID, and decrypts with `cryptography` alone.
With a `seed` the same names give the same subscriptions after a restart, so a demo's phones stay subscribed.
"""

import asyncio
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from server.sinks.decrypt import CannotDecrypt, decrypted
from server.sinks.vapid import BadToken, verified

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_BODY_LIMIT = 4096

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser would hand over: `as_json()` is the body of PUT push-subscription."""

    name: str
    endpoint: str
    p256dh: str
    auth: str

    def as_json(self) -> dict[str, Any]:
        return {"endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": self.auth}}


@dataclass(frozen=True, slots=True)
class Received:
    """One push, opened; of its headers `ttl`, `urgency` and `topic`."""

    name: str
    at: datetime
    payload: bytes
    headers: dict[str, str] = field(repr=False)

    def message(self) -> Any:
        return json.loads(self.payload)


class PushSink:
    """`await start()`, then `origin` is an entry for KAIRAN_PUSH_HOSTS.

    `answers[name]` makes one subscription answer otherwise (`answering(410)`, or a handler of your own).
    `refused` counts why pushes were refused: a token, a key, a body that was wrong.
    """

    def __init__(
        self,
        *,
        seed: bytes | None = None,
        vapid_key: bytes | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        keep: int = 20_000,
    ) -> None:
        self._seed = seed or secrets.token_bytes(32)
        self._vapid_key, self._now, self._keep = vapid_key, now, keep
        self._runner: web.AppRunner | None = None
        self.origin = ""
        self.received: list[Received] = []
        self.refused: dict[str, int] = {}
        self.answers: dict[str, Answer] = {}
        self.requests = 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        app = web.Application(client_max_size=_BODY_LIMIT + 1024)
        app.router.add_post("/push/{path}", self._post)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.origin = f"http://{host}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def subscribe(self, name: str) -> Subscription:
        """`name`: letters, digits, `-` and `_`; the same name gives the same subscription."""
        point = _public(self._key(name))
        return Subscription(
            name=name,
            endpoint=f"{self.origin}/push/{name}.{self._mark(name)}",
            p256dh=_b64(point),
            auth=_b64(self._auth(name)),
        )

    def payloads(self, name: str) -> list[Any]:
        """The opened messages of one subscription, oldest first."""
        return [received.message() for received in self.received if received.name == name]

    def counts(self) -> dict[str, int]:
        """How many pushes each subscription got."""
        return dict(Counter(received.name for received in self.received))

    async def _post(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        name, _, mark = request.match_info["path"].rpartition(".")
        if not hmac.compare_digest(mark.encode(), self._mark(name).encode()):
            return web.Response(status=404)
        if name in self.answers:
            return await self.answers[name](request)
        return await self._taken(name, request)

    async def _taken(self, name: str, request: web.Request) -> web.Response:
        if not request.headers.get("TTL", "").isdigit() or len(request.headers.get("Topic", "")) > 32:
            return self._refuse(400, "headers")
        try:
            token = request.headers.get("Authorization", "")
            verified(token, audience=self.origin, now=self._now(), key=self._vapid_key)
        except BadToken as error:
            return self._refuse(403, str(error))
        body = await request.read()
        if len(body) > _BODY_LIMIT:
            return self._refuse(413, "size")
        if request.headers.get("Content-Encoding") != "aes128gcm":
            return self._refuse(415, "encoding")
        try:
            payload = decrypted(body, self._key(name), self._auth(name))
        except CannotDecrypt as error:
            return self._refuse(400, str(error))
        self._record(name, payload, request)
        return web.Response(status=201, headers={"Location": f"{self.origin}/message/{len(self.received)}"})

    def _record(self, name: str, payload: bytes, request: web.Request) -> None:
        headers = {name: request.headers.get(name, "") for name in ("ttl", "urgency", "topic")}
        self.received.append(Received(name, self._now(), payload, headers))
        del self.received[: -self._keep]

    def _refuse(self, status: int, why: str) -> web.Response:
        self.refused[why] = self.refused.get(why, 0) + 1
        return web.Response(status=status, text=why)

    def _key(self, name: str) -> ec.EllipticCurvePrivateKey:
        number = int.from_bytes(self._derived("key", name) + self._derived("more", name), "big")
        return ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256R1())

    def _auth(self, name: str) -> bytes:
        return self._derived("auth", name)[:16]

    def _mark(self, name: str) -> str:
        return _b64(self._derived("mark", name)[:12])

    def _derived(self, what: str, name: str) -> bytes:
        return hmac.new(self._seed, f"{what} {name}".encode(), sha256).digest()


def answering(status: int, **headers: str) -> Answer:
    """An answer with that status; `Retry_After="30"` becomes the header Retry-After."""

    async def answer(_: web.Request) -> web.StreamResponse:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return web.Response(status=status, headers=named)

    return answer


def dripping(status: int, pause: float, pieces: int) -> Answer:
    """A body that comes one byte at a time."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        with suppress(ConnectionError):
            for _ in range(pieces):
                await response.write(b".")
                await asyncio.sleep(pause)
        return response

    return answer


def huge(status: int, size: int) -> Answer:
    """A body of `size` bytes, sent as long as somebody reads."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        with suppress(ConnectionError):
            for _ in range(size // 65536):
                await response.write(b"." * 65536)
        return response

    return answer


def silent(seconds: float) -> Answer:
    """No answer at all, for a while."""

    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.Response(status=500)

    return answer


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    point = key.public_key().public_numbers()
    return b"\x04" + point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
