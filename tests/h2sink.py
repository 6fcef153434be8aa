"""A push service in Node, over TLS and HTTP/2 (h2sink.mjs): another's cryptography, and fast enough to be measured against."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from notices.channels.push_hosts import PushHosts
from server.sinks.push import PushSink, Subscription
from tests.browser import certificate

ROOT = Path(__file__).parents[1]


class H2Sink:
    """`authorities` is the file by which it is believed, `seed` makes its phones' keys; `pid` is its process."""

    def __init__(self, origin: str, authorities: Path, seed: bytes, pid: int) -> None:
        self.origin, self.authorities, self.seed, self.pid = origin, authorities, seed, pid
        self.hosts = PushHosts.extended([origin])
        self._keys = PushSink(seed=seed)
        self._keys.origin = origin

    def subscribe(self, name: str) -> Subscription:
        """The beginning of the name says how the phone behaves (h2sink.mjs)."""
        return self._keys.subscribe(name)

    @property
    def port(self) -> int:
        return int(self.origin.rpartition(":")[2])

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authorities)

    async def report(self) -> dict[str, Any]:
        """requests, first (when, in ms), http2, connections, most (at once), opened, refused (why, how often), payloads,
        points.
        """
        return await self._asked("report")

    async def anew(self) -> None:
        """The next push will be the `first`."""
        await self._asked("anew")

    async def _asked(self, what: str) -> dict[str, Any]:
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{self.origin}/{what}", ssl=self.trust()) as answer,
        ):
            return dict(await answer.json(content_type=None))


@asynccontextmanager
async def h2sink(folder: Path, *, sample: int = 1, delay: int = 0) -> AsyncIterator[H2Sink]:
    """Opens one push in every `sample`; answers after `delay` ms."""
    file, seed = certificate.make(folder, "localhost"), secrets.token_bytes(32)
    script = ["node", str(ROOT / "tests" / "h2sink.mjs"), str(file), seed.hex(), str(sample), str(delay)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        str(ROOT / "scripts" / "with-node"), *script, cwd=ROOT, stdin=pipe, stdout=pipe
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = int(await asyncio.wait_for(process.stdout.readline(), 60))
        yield H2Sink(f"https://localhost:{port}", file, seed, process.pid)
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 60)
