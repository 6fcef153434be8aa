"""PURE: a canary's mail says by its recipient which flight it is, and nobody else can: `c-<token>@<bounce domain>`.

The token is that of a return path (notices/bounces/return_path.py), of a city without a name. A mailbox of the
operator's passes canaries on to `home`, an address that never changes; the flight is then found in the text.
"""

import re
from typing import Final

from notices.bounces import return_path
from notices.vault import Vault

_MARK: Final = "c-"
_NO_CITY: Final = ""
_NO_FLIGHT: Final = "A" * 22
"""The id of 16 zero bytes: no flight has it."""
_TOKEN: Final = re.compile(rb"c-([a-z2-7]{42})(?![a-z2-7])")
_MOST: Final = 20
"""Tokens looked at in one mail."""


def token_of(vault: Vault, flight: str) -> str:
    return _MARK + vault.return_path_token(_NO_CITY, flight)


def made_for(vault: Vault, domain: str, flight: str) -> str:
    return f"{token_of(vault, flight)}@{domain}"


def home(vault: Vault, domain: str) -> str:
    """Where a mailbox passes canaries on to."""
    return made_for(vault, domain, _NO_FLIGHT)


def sender(vault: Vault, domain: str) -> str:
    """The envelope's sender: where it comes back to if it cannot be delivered. The same for all, for greylists' sake."""
    return return_path.made_for(vault, domain, _NO_CITY, _NO_FLIGHT)


def is_canary(about: tuple[str, str]) -> bool:
    """Whether a bounce came to `sender`."""
    return about[0] == _NO_CITY


def token_in(vault: Vault, domain: str, address: str) -> str | None:
    """The flight (or `home`'s, which is none) of an address of ours; None of any other."""
    local, _, host = address.strip(" <>").lower().rpartition("@")
    if not domain or host != domain.lower() or not local.startswith(_MARK):
        return None
    return _flight(vault, local.removeprefix(_MARK))


def flight_of(vault: Vault, addressed: str, raw: bytes) -> str | None:
    """Which flight a mail is that came to the flight `addressed`, or home: then its own text says so."""
    return addressed if addressed != _NO_FLIGHT else flight_in(vault, raw)


def flight_in(vault: Vault, text: bytes) -> str | None:
    """The first flight that a text names, and that was ours."""
    for found in list(_TOKEN.findall(text))[:_MOST]:
        flight = _flight(vault, found.decode())
        if flight is not None and flight != _NO_FLIGHT:
            return flight
    return None


def _flight(vault: Vault, token: str) -> str | None:
    about = vault.return_path_message(token)
    return about[1] if about is not None and about[0] == _NO_CITY else None
