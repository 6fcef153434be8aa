"""Ids: UUIDv7 (RFC 9562 §5.7), made by whoever makes the thing, also on a phone without a signal.

In Python and on every wire an id is its 22 characters of base64url; only a column knows the 16 bytes.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

import uuid_utils

_SHAPE = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")


def new_id() -> str:
    return text_of(uuid_utils.uuid7().bytes)


def is_id(text: object) -> bool:
    """Whether `text` is 22 characters that decode to exactly 16 bytes (the last one carries 2 bits)."""
    return isinstance(text, str) and _SHAPE.fullmatch(text) is not None


def text_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    """Raises ValueError when `text` is not an id."""
    if not is_id(text):
        raise ValueError("not an id of 22 base64url characters")
    return urlsafe_b64decode(text + "==")
