"""Where a push may be sent: an exact allow-list, because an endpoint is an address that a stranger gives us.

`check` judges the text, when a subscription is saved and again when it is used; `addresses_of` judges what the
name resolves to, and the connection goes to exactly those addresses, so a name cannot change its mind in between.
"""

import asyncio
import ipaddress
import socket
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from notices.town.address_errors import PushEndpointRefused, PushKeysRefused

HOSTS: Final = frozenset({"fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com"})
# Windows has a host per region, Apple may use others beside web.push.
SUFFIXES: Final = (".notify.windows.com", ".push.apple.com")


@dataclass(frozen=True, slots=True)
class PushHosts:
    """KAIRAN_PUSH_HOSTS: `hosts` and `suffixes` over https, and whole `origins`, which may be http and at home."""

    hosts: frozenset[str] = HOSTS
    suffixes: tuple[str, ...] = SUFFIXES
    origins: frozenset[str] = frozenset()

    @classmethod
    def extended(cls, entries: Iterable[str]) -> "PushHosts":
        """Entries: `push.example.jp`, `*.push.example.jp` or a full origin, `http://127.0.0.1:8899`.

        Raises ValueError with a sentence for the operator.
        """
        hosts, suffixes, origins = set(HOSTS), list(SUFFIXES), set()
        for entry in filter(None, (each.strip().lower().rstrip("/") for each in entries)):
            if "://" in entry:
                origins.add(_origin_entry(entry))
            elif entry.startswith("*.") and _is_name(entry[2:]):
                suffixes.append(entry[1:])
            elif _is_name(entry):
                hosts.add(entry)
            else:
                raise ValueError(_WRONG_ENTRY.format(entry=entry))
        return cls(frozenset(hosts), tuple(suffixes), frozenset(origins))

    def check(self, endpoint: str) -> str:
        """The origin (the lane) of an allowed endpoint. Raises PushEndpointRefused."""
        parts = _split(endpoint)
        origin = _origin(parts)
        if origin in self.origins:
            return origin
        host = parts.hostname or ""
        known = host in self.hosts or any(host.endswith(suffix) for suffix in self.suffixes)
        if parts.scheme != "https" or not known or parts.port not in (None, 443):
            raise PushEndpointRefused
        return origin

    def exempt_hosts(self) -> frozenset[str]:
        """Hosts an operator named by a full origin: these may resolve to addresses at home."""
        return frozenset(urlsplit(origin).hostname or "" for origin in self.origins)


_WRONG_ENTRY: Final = (
    "KAIRAN_PUSH_HOSTS holds {entry!r}: write a host (push.example.jp), a suffix (*.push.example.jp) "
    "or a full origin (http://127.0.0.1:8899), separated by commas."
)


def _is_name(host: str) -> bool:
    labels = host.split(".")
    return len(labels) > 1 and all(label.replace("-", "").isalnum() and label.isascii() for label in labels)


def _origin_entry(entry: str) -> str:
    try:
        parts = _split(entry)
    except PushEndpointRefused:
        raise ValueError(_WRONG_ENTRY.format(entry=entry)) from None
    if parts.path or parts.query or parts.scheme not in ("http", "https"):
        raise ValueError(_WRONG_ENTRY.format(entry=entry))
    return _origin(parts)


def _split(url: str) -> SplitResult:
    """Parsed strictly: what one parser reads otherwise than another is refused, not interpreted."""
    if (
        len(url) > 2048
        or not url.isascii()
        or not url.isprintable()
        or any(char in url for char in ' \\"<>#')
    ):
        raise PushEndpointRefused
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise PushEndpointRefused from None
    if not parts.hostname or parts.username is not None or parts.password is not None or port == 0:
        raise PushEndpointRefused
    return parts


def _origin(parts: SplitResult) -> str:
    """RFC 6454 §6.1, as a VAPID audience wants it."""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def check_keys(p256dh: str, auth: str) -> None:
    """RFC 8291 §2.1: an uncompressed point on P-256, and 16 bytes. Raises PushKeysRefused."""
    try:
        point, secret = _decoded(p256dh), _decoded(auth)
        if len(point) != 65 or point[0] != 4 or len(secret) != 16:
            raise PushKeysRefused
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise PushKeysRefused from None


def _decoded(text: str) -> bytes:
    text = text.rstrip("=")
    if not text.isascii() or not text.replace("-", "").replace("_", "").isalnum():
        raise PushKeysRefused
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also behind IPv6's ways to carry an IPv4 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or _nat64(ip)
        if carried is not None:
            return is_public(str(carried))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


class NotPublic(OSError):
    """A push host resolved to an address inside: somebody's mistake, or an attack."""


Found = list[tuple[int, str]]
"""Addresses, each with its family (AF_INET, AF_INET6)."""


async def addresses_of(host: str, port: int, exempt: frozenset[str], family: int = socket.AF_UNSPEC) -> Found:
    """Where the name leads now; who connects, connects to these and asks nobody again. Raises NotPublic, OSError."""
    found = await looked_up(host, port, family)
    if host not in exempt and not all(is_public(address) for _, address in found):
        raise NotPublic(f"{host} resolves to an address that is not public")
    return found


async def looked_up(host: str, port: int, family: int) -> Found:
    asked = asyncio.get_running_loop().getaddrinfo
    found = await asked(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(kind, str(address[0])) for kind, _, _, _, address in found]
