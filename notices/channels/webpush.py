"""Web push: encrypted by pywebpush, posted by a session of our own that follows nothing and believes little.

A push may be repeated without harm (same Topic, same tag), so no answer is ever ambiguous here.
Sources: RFC 8030 §5 and §8.4, RFC 8291, RFC 8292.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from pywebpush import WebPusher

from notices.channels import Crossing, Outgoing, Push, Settle
from notices.channels.lanes import pushes, through_lanes
from notices.channels.push_hosts import NotPublic, PublicResolver, PushHosts, check_keys
from notices.channels.vapid import Vapid
from notices.errors import PushEndpointRefused, PushKeysRefused
from notices.outcomes import Gone, Later, Outcome, Refused, Sent

_ANSWER_BYTES: Final = 4096
_DRAIN_SECONDS: Final = 0.5
_RETRY_LEAST: Final = timedelta(seconds=1)
_RETRY_MOST: Final = timedelta(hours=1)
_RETRY_UNSAID: Final = timedelta(seconds=60)


class WebPushChannel:
    """`in_all` requests at once; `seconds` for each, from the name's resolution to the end of the answer."""

    name = "push"

    def __init__(
        self,
        vapid: Vapid,
        *,
        hosts: PushHosts,
        now: Callable[[], datetime],
        in_all: int = 50,
        seconds: float = 10.0,
    ) -> None:
        self._vapid, self._hosts, self._now = vapid, hosts, now
        self._in_all, self._seconds = in_all, seconds
        self._room = asyncio.Semaphore(in_all)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:  # noqa: ARG002
        """`crossing` is not asked: see above."""
        await through_lanes(pushes(batch), slots=self._in_all, send_one=self._sent, settle=settle)

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _sent(self, message: Push) -> Outcome:
        try:
            origin = self._hosts.check(message.to.endpoint)
            check_keys(message.to.p256dh, message.to.auth)
        except PushEndpointRefused:
            return Refused(None, "endpoint-refused")
        except PushKeysRefused:
            return Gone(None, "keys-refused")
        async with self._room:
            outcome = await self._posted(message, origin, message.body.payload)
            if outcome == _HUNG_UP:  # perhaps a kept connection that the service had closed meanwhile
                outcome = await self._posted(message, origin, message.body.payload)
            if outcome == _TOO_LARGE:
                outcome = await self._posted(message, origin, message.body.short)
        return outcome

    async def _posted(self, message: Push, origin: str, payload: bytes) -> Outcome:
        try:
            async with self._opened().post(
                message.to.endpoint,
                data=_encrypted(message, payload),
                headers=self._headers(message, origin),
                allow_redirects=False,
            ) as answer:
                await _drained(answer)
                return self._outcome(answer.status, answer.headers.get("Retry-After"))
        except aiohttp.ClientConnectorDNSError as error:
            inside = isinstance(error.os_error, NotPublic)
            return Refused(None, "endpoint-refused") if inside else Later(None, "service-unreachable")
        except aiohttp.ClientConnectorError:
            return Later(None, "service-unreachable")
        except TimeoutError:
            return Later(None, "service-silent")
        except (aiohttp.ClientError, OSError, ValueError):
            return _HUNG_UP

    def _headers(self, message: Push, origin: str) -> dict[str, str]:
        return {
            "Authorization": self._vapid.authorization(origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(message.body.ttl),
            "Urgency": message.body.urgency,
            "Topic": message.body.topic,
        }

    def _outcome(self, status: int, retry_after: str | None) -> Outcome:
        match status:
            case _ if 200 <= status < 300:
                return Sent(status)
            case 404 | 410:
                return Gone(status, "unsubscribed")
            case 403:
                return Refused(status, "vapid")
            case 400 | 401:
                return Refused(status, "our-fault")
            case 413:
                return _TOO_LARGE
            case 429:
                return Later(status, "slow-down", self._wait(retry_after) or _RETRY_UNSAID, whole_lane=True)
            case _ if 300 <= status < 400:
                return Later(status, "redirected")
            case _ if status >= 500 or status in (408, 425):
                return Later(status, "service-trouble", self._wait(retry_after))
        return Refused(status, "unexpected-answer")

    def _wait(self, said: str | None) -> timedelta | None:
        """Retry-After (RFC 9110 §10.2.3), between a second and an hour whatever they say."""
        if said is None:
            return None
        try:
            if said.isascii() and said.isdigit():
                wait = _RETRY_MOST if len(said) > 9 else timedelta(seconds=int(said))
            else:
                wait = parsedate_to_datetime(said) - self._now()
        except (ValueError, OverflowError, TypeError):
            return None
        return min(max(wait, _RETRY_LEAST), _RETRY_MOST)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._in_all, resolver=PublicResolver(self._hosts.exempt_hosts())
                ),
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


_TOO_LARGE: Final = Refused(413, "too-large")
_HUNG_UP: Final = Later(None, "service-trouble")


def _encrypted(message: Push, payload: bytes) -> bytes:
    subscription = {
        "endpoint": message.to.endpoint,
        "keys": {"p256dh": message.to.p256dh, "auth": message.to.auth},
    }
    body: bytes = WebPusher(subscription).encode(payload)["body"]
    return body


async def _drained(answer: aiohttp.ClientResponse) -> None:
    """The status is the answer. A short body is read so that the connection can be used again; no other."""
    with suppress(aiohttp.ClientError, TimeoutError, OSError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            room = _ANSWER_BYTES
            while room > 0:
                chunk = await answer.content.read(room)
                if not chunk:
                    return
                room -= len(chunk)
    answer.close()
