"""PURE: which mail addresses we accept and send to, character by character.

Python's parsers are no help here: `headerregistry.Address` raises on the old docomo and au addresses that
many older residents still have (`a..b@`, `.a@`, `a.@`), and others let `a@x.jp>,<b@x.jp` reach two people.
"""

import re
from typing import Final

from notices.town.address_errors import MailAddressRefused

# atext of RFC 5322 §3.2.3 and dots anywhere; nothing that could end an address, quote, or begin a comment.
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def checked(text: str) -> str:
    """The address as given, its domain in lower case. Raises MailAddressRefused."""
    local, at, domain = text.strip().rpartition("@")
    labels = domain.split(".")
    well_formed = at and _LOCAL.fullmatch(local) and len(labels) > 1 and all(map(_LABEL.fullmatch, labels))
    if not well_formed or len(domain) > 253 or len(local) + len(domain) > 253:
        raise MailAddressRefused
    return f"{local}@{domain.lower()}"


def is_old_style(address: str) -> bool:
    """Dots where today's rules have none: sent as it is, with a warning when it is entered."""
    local = address.rpartition("@")[0]
    return ".." in local or local.startswith(".") or local.endswith(".")


def domain_of(address: str) -> str:
    """The lane of an address that was checked."""
    return address.rpartition("@")[2]
