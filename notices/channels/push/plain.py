"""Over HTTP/1.1 by aiohttp, where there is no pycurl: a session that follows nothing and believes little."""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress

import aiohttp

from notices.channels import PushAddress
from notices.channels.public_resolver import PublicResolver
from notices.channels.push.sealing import Sealing
from notices.channels.push.transport import (
    ANSWER_BYTES,
    CONNECTIONS,
    DRAIN_SECONDS,
    Answered,
    Bounds,
    Post,
    Trouble,
)
from notices.channels.push_hosts import NotPublic, PushHosts


class PlainTransport:
    def __init__(self, hosts: PushHosts, answered: Answered, bounds: Bounds) -> None:
        self._hosts, self._answered = hosts, answered
        self._seconds, self._authorities, self._folder = bounds
        self._sealing = Sealing()
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, origin: str, posts: Sequence[Post]) -> None:  # noqa: ARG002
        for post in posts:
            task = asyncio.create_task(self._carry(post))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def prepare(self, addresses: Sequence[PushAddress]) -> int:
        return await asyncio.to_thread(self._sealing.prepare, addresses)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _carry(self, post: Post) -> None:
        try:
            await self._post(post)
        except aiohttp.ClientError as error:
            post.trouble = _trouble(error)
        except TimeoutError:
            post.trouble = "silent"
        except OSError:
            post.trouble = "hung-up"
        except Exception as error:
            post.error = error
        self._answered([post])

    async def _post(self, post: Post) -> None:
        body = self._sealing.body(post)
        headers = dict(line.split(": ", 1) for line in post.headers)
        sending = self._opened().post(post.to.endpoint, data=body, headers=headers, allow_redirects=False)
        async with sending as answer:
            await _drained(answer)
            post.status, post.retry_after = answer.status, answer.headers.get("Retry-After")

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0,
                limit_per_host=CONNECTIONS,
                resolver=PublicResolver(self._hosts.exempt_hosts()),
                ssl=ssl.create_default_context(cafile=self._authorities, capath=self._folder),
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _trouble(error: aiohttp.ClientError) -> Trouble:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "inside" if isinstance(error.os_error, NotPublic) else "unreachable"
    if isinstance(error, TimeoutError):
        return "silent"
    return "unreachable" if isinstance(error, aiohttp.ClientConnectorError) else "hung-up"


async def _drained(answer: aiohttp.ClientResponse) -> None:
    """The status is the answer. A short body is read so that the connection can be used again; no other."""
    with suppress(aiohttp.ClientError, TimeoutError, OSError):
        async with asyncio.timeout(DRAIN_SECONDS):
            room = ANSWER_BYTES
            while room > 0:
                chunk = await answer.content.read(room)
                if not chunk:
                    return
                room -= len(chunk)
    answer.close()
