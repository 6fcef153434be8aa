"""PURE: mail header lines, folded by ourselves.

Python 3.11's `EmailMessage` makes encoded words of a long `List-Unsubscribe`, which nobody can then press.
Sources: RFC 5322 §2.2.3 (folding), RFC 2047 §2, §5 (encoded words), RFC 2919 (List-Id), RFC 8058.
"""

import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from notices.town.address_errors import HeaderTextRefused

_LINE = 76  # RFC 2047 §2: a line that holds an encoded word
_WRAPPING = len("=?UTF-8?B??=")


def checked_text(text: str) -> str:
    """The text, when it may stand in a header. Raises HeaderTextRefused.

    Controls and line ends would begin a new header; marks that turn the direction would let a name lie.
    Joiners (ZWJ, ZWNJ) stay: emoji and names need them.
    """
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _TURNING for char in text):
        raise HeaderTextRefused
    return text


_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def unstructured(name: str, text: str) -> bytes:
    """`Subject: …`: as it is when it is short ASCII, otherwise encoded words of whole characters."""
    checked_text(text)
    if text.isascii() and len(name) + 2 + len(text) <= _LINE and "=?" not in text and text == text.strip():
        return f"{name}: {text}\r\n".encode()
    return _line(name, list(_encoded_words(text, first=_LINE - len(name) - 2)))


def mailbox(name: str, display: str, address: str) -> bytes:
    """`From: <words> <address>`: the address has been checked, the display name is always encoded."""
    checked_text(display)
    words = list(_encoded_words(display, first=_LINE - len(name) - 2)) if display else []
    return _line(name, [*words, f"<{address}>"])


def identified(name: str, display: str, identifier: str) -> bytes:
    """`List-Id: <words> <identifier>`."""
    return mailbox(name, display, identifier)


def plain(name: str, value: str) -> bytes:
    """A value of ours in ASCII, on a line of its own when it would be long: a URL is never broken."""
    if not value.isascii() or not value.isprintable() or len(value) > 990:
        raise HeaderTextRefused
    fold = "" if len(name) + 2 + len(value) <= 78 else "\r\n"
    return f"{name}:{fold} {value}\r\n".encode("ascii")


def date(moment: datetime) -> bytes:
    return _date(moment.replace(microsecond=0))


@lru_cache(maxsize=4)
def _date(second: datetime) -> bytes:
    return plain("Date", format_datetime(second))


def _line(name: str, words: list[str]) -> bytes:
    return (f"{name}: " + "\r\n ".join(words) + "\r\n").encode("ascii")


def _encoded_words(text: str, first: int) -> Iterator[str]:
    room = _bytes_in(first)
    word = b""
    for char in text:
        raw = char.encode()
        if word and len(word) + len(raw) > room:
            yield _encoded(word)
            word, room = b"", _bytes_in(_LINE - 1)
        word += raw
    if word:
        yield _encoded(word)


def _bytes_in(columns: int) -> int:
    """How many bytes of text an encoded word of at most 75 characters holds in so many columns."""
    return (min(columns, 75) - _WRAPPING) // 4 * 3


def _encoded(raw: bytes) -> str:
    return f"=?UTF-8?B?{b64encode(raw).decode()}?="
