"""PURE: what KAIRAN_SMTP_URL says. Without "plain" in it, nothing goes out in clear text."""

from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

Security = Literal["starttls", "tls", "plain"]

_SCHEMES: Final[dict[str, tuple[Security, int]]] = {
    "smtp": ("starttls", 587),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp+plain": ("plain", 25),
}


@dataclass(frozen=True, slots=True)
class Relay:
    """The server that takes our mail."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def relay_of(url: str) -> Relay:
    """`smtp[+starttls|+plain]://[user:password@]host[:port]` or `smtps://…`.

    `smtp` means STARTTLS, required. User and password are percent-encoded.
    Raises ValueError with a sentence for the operator.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("KAIRAN_SMTP_URL is not an address: write smtps://user:password@host:465.") from None
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(
            "KAIRAN_SMTP_URL must read smtps://host, smtp+starttls://host or, for a server without encryption, "
            "smtp+plain://host, with user:password@ before the host where the server asks for it."
        )
    security, usual = _SCHEMES[parts.scheme]
    if security == "plain" and parts.username is not None:
        raise ValueError(
            "KAIRAN_SMTP_URL would send its password in clear text: use smtps:// or smtp+starttls://."
        )
    return Relay(
        parts.hostname, port or usual, security, _unquoted(parts.username), _unquoted(parts.password)
    )


def _unquoted(text: str | None) -> str | None:
    return None if text is None else unquote(text)
