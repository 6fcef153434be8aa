"""Where a gateway may stand: https on the open internet, and what an operator named in KAIRAN_GATEWAY_HOSTS by a full origin,
which is taken as it stands: a loudspeaker's controller stands in the city's own network.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from notices.channels.push_hosts import PushHosts
from notices.town.address_errors import GatewayRefused, PushEndpointRefused


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

    def exempt(self) -> frozenset[str]:
        """Names that may lead inside."""
        return self._hosts.exempt_hosts()
