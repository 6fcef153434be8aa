"""A call to a gateway: to where one may stand (gateway_hosts.py), nowhere else, for ten seconds at most."""

from collections.abc import Mapping
from typing import Final

import aiohttp

from notices.channels.gateway_hosts import GatewayHosts
from notices.channels.public_resolver import PublicResolver
from notices.channels.push_hosts import NotPublic
from notices.outcomes import Later, Outcome, Refused, Sent
from notices.town.address_errors import GatewayRefused

_ANSWER_BYTES: Final = 4096


class GatewayCaller:
    """`seconds`: for a whole call, from the name's resolution to the end of the answer."""

    def __init__(self, hosts: GatewayHosts, seconds: float = 10.0, in_all: int = 20) -> None:
        self._hosts, self._seconds, self._in_all = hosts, seconds, in_all
        self._session: aiohttp.ClientSession | None = None

    async def call(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Sent, Later or Refused; the last where the address may not be called."""
        try:
            self._hosts.check(url)
        except GatewayRefused:
            return Refused(None, "gateway-refused")
        try:
            async with self._opened().post(url, data=body, headers=headers, allow_redirects=False) as answer:
                said = await answer.content.read(_ANSWER_BYTES + 1)
                answer.close()
                return _outcome(answer.status, len(said) > _ANSWER_BYTES)
        except aiohttp.ClientConnectorDNSError as error:
            inside = isinstance(error.os_error, NotPublic)
            return Refused(None, "gateway-refused") if inside else Later(None, "gateway-unreachable")
        except aiohttp.ClientConnectorError:
            return Later(None, "gateway-unreachable")
        except TimeoutError:
            return Later(None, "gateway-silent")
        except (aiohttp.ClientError, OSError, ValueError):
            return Later(None, "gateway-trouble")

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._in_all, resolver=PublicResolver(self._hosts.exempt())
                ),
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _outcome(status: int, long: bool) -> Outcome:
    """Whatever is no plain yes is tried again: who minds a machine mends it."""
    if 200 <= status < 300 and not long:
        return Sent(status)
    if 300 <= status < 400:
        return Later(status, "gateway-redirected")
    return Later(status, "gateway-trouble")
