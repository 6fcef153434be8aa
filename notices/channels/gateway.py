"""A call to a gateway: https, to an address of the open internet, nowhere else, for ten seconds at most.

What an operator named in KAIRAN_GATEWAY_HOSTS by a full origin is taken as it stands: a loudspeaker's controller stands
in the city's own network.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from notices.channels.push_hosts import NotPublic, PublicResolver, PushHosts
from notices.outcomes import Later, Outcome, Refused, Sent
from notices.town.address_errors import GatewayRefused, PushEndpointRefused

_ANSWER_BYTES: Final = 4096


class GatewayHosts:
    """Which addresses may be called at all."""

    def __init__(self, entries: Iterable[str]) -> None:
        """`entries`: full origins, `http://10.1.2.3:8080`. Raises ValueError with a sentence for the operator."""
        given = [entry.strip() for entry in entries if entry.strip()]
        if wrong := [entry for entry in given if "://" not in entry]:
            raise ValueError(
                f"KAIRAN_GATEWAY_HOSTS holds {wrong[0]!r}: write full origins (http://10.1.2.3:8080)."
            )
        try:
            trusted = PushHosts.extended(given).origins
        except ValueError as error:
            raise ValueError(str(error).replace("KAIRAN_PUSH_HOSTS", "KAIRAN_GATEWAY_HOSTS")) from None
        # Any name, as long as it is https on its usual port.
        self._hosts = PushHosts(frozenset(), ("",), trusted)

    def check(self, url: str) -> None:
        """Raises GatewayRefused."""
        try:
            origin = self._hosts.check(url)
        except PushEndpointRefused:
            raise GatewayRefused from None
        if origin in self._hosts.origins:
            return
        # The resolver is not asked about what is an address already, in whatever way it is written.
        host = urlsplit(url).hostname or ""
        if ":" in host or host.rstrip(".").rpartition(".")[2][:1].isdigit():
            raise GatewayRefused

    def resolver(self) -> PublicResolver:
        return PublicResolver(self._hosts.exempt_hosts())


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
                connector=aiohttp.TCPConnector(limit=self._in_all, resolver=self._hosts.resolver()),
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
