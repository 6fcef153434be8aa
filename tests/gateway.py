"""A machine that is told of notices, built from docs/gateways.md alone: it checks the signature by RFC 2104's own words."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
BLOCK = 64


def hmac_sha256(key: bytes, text: bytes) -> str:
    """RFC 2104 §2: H(K XOR opad, H(K XOR ipad, text))."""
    key = (sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in key) + text).digest()
    return sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()


@dataclass
class Machine:
    """`told`: bodies whose signature held. `forged`: how many did not. `asked`: requests at all."""

    secret: str = ""
    answers: list[int] = field(default_factory=list)
    """Statuses in turn; then 204."""
    instead: Answer | None = None
    told: list[dict[str, Any]] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    forged: int = 0
    asked: int = 0
    origin: str = ""
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        if self.instead is not None:
            return await self.instead(request)
        if self.answers and (status := self.answers.pop(0)) != 204:
            return web.Response(status=status, headers={"Location": f"{self.origin}/elsewhere"})
        body = await request.read()
        given = request.headers["Kairan-Signature"]
        text = request.headers["Kairan-Timestamp"].encode() + b"." + body
        if given != f"v1={hmac_sha256(self.secret.encode(), text)}":
            self.forged += 1
            return web.Response(status=401)
        self.seen.append(dict(request.headers))
        self.told.append(json.loads(body))
        return web.Response(status=204)


async def dripping(request: web.Request) -> web.StreamResponse:
    """A byte now and then, for ever; ends with its reader."""
    response = web.StreamResponse()
    await response.prepare(request)
    began = time.monotonic()
    while time.monotonic() - began < 30:
        await response.write(b".")
        await asyncio.sleep(0.05)
    return response
