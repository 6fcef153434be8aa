"""PURE: a mail taken apart within bounds, whoever wrote it.

Python's parser goes down one level per nested part and asks every open level about every line: 256 KB of nonsense
keep it busy for minutes, or end it with a RecursionError. A bounce says what it says in its first parts, so here each
step is one pass over at most LARGEST bytes, DEPTH levels down. Sources: RFC 5322 §2.2, RFC 2045, RFC 2046 §5.1.1.
"""

import binascii
import quopri
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from typing import Final

LARGEST: Final = 256 * 1024
"""Bytes that are looked at; the report stands before the copy of what was sent."""
_HEADER_LINES: Final = 300
_HEADER: Final = 2_000
_PARTS: Final = 20
_DEPTH: Final = 3
_TEXT: Final = 32 * 1024

_CHARSETS: Final[Mapping[str, str]] = {
    "us-ascii": "ascii", "utf-8": "utf-8", "iso-8859-1": "latin-1", "windows-1252": "cp1252",
    "iso-2022-jp": "iso2022_jp_2", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932",
    "windows-31j": "cp932", "cp932": "cp932", "x-sjis": "cp932", "euc-jp": "euc_jp", "utf-16": "utf-16",
}  # fmt: skip
"""What a charset may be. Python knows more, some of which are no text (zlib) or take quadratic time (punycode)."""
_GUESSES: Final = ("utf-8", "cp932", "euc_jp")
_BOUNDARY: Final = re.compile(r"boundary=(?:\"([^\"]{1,200})\"|([^\s;]{1,200}))", re.IGNORECASE)
_CHARSET: Final = re.compile(r"charset=\"?([^\s;\"]{1,40})", re.IGNORECASE)
_FOLD: Final = re.compile(rb"\n[ \t]+")


@dataclass(frozen=True, slots=True)
class Part:
    """`headers`: names in small letters, the first of each, unfolded, cut at 2,000 characters. Lines end with LF."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "text/plain").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """Decoded as it declares, or as it looks; what cannot be read is replaced."""
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return _decoded(_plain(self)[:_TEXT], found[1] if found else "")

    @property
    def base64(self) -> bytes | None:
        """All of an attachment; None where it is not encoded as attachments are (RFC 2045 §6.8), or is damaged."""
        if self.headers.get("content-transfer-encoding", "").strip().lower() != "base64":
            return None
        try:
            return b64decode(b"".join(self.body.split()), validate=True)
        except binascii.Error:
            return None

    def header(self, name: str) -> str:
        """Encoded words decoded where they can be (RFC 2047)."""
        value = self.headers.get(name, "")
        try:
            pieces = decode_header(value)
        except (HeaderParseError, ValueError):
            return value
        return "".join(
            each if isinstance(each, str) else _decoded(each, charset or "") for each, charset in pieces
        )


def part_of(raw: bytes, most: int = LARGEST) -> Part:
    """A whole mail, of which `most` bytes are looked at."""
    return _part(raw[:most].replace(b"\r\n", b"\n"))


def leaves(part: Part, depth: int = _DEPTH) -> Iterator[Part]:
    """What is no multipart, in order. An attached mail is one leaf: it is not what came back, but what it is about."""
    if not part.type.startswith("multipart/") or depth == 0:
        yield part
        return
    found = _BOUNDARY.search(part.headers.get("content-type", ""))
    if found is None:
        yield part
        return
    mark = re.escape(b"\n--" + (found[1] or found[2]).encode("latin-1", "replace"))
    # Looking ahead to the end of the line: one boundary may begin with another.
    for piece in re.split(mark + rb"(?=--|[ \t]*\n)", b"\n" + part.body, maxsplit=_PARTS)[1:]:
        if piece.startswith(b"--"):
            return
        yield from leaves(_part(piece.partition(b"\n")[2]), depth - 1)


def _part(raw: bytes) -> Part:
    if raw.startswith(b"\n"):
        return Part({}, raw[1:])
    head, _, body = raw.partition(b"\n\n")
    return Part(headers_of(head), body)


def headers_of(head: bytes) -> dict[str, str]:
    """Of a block of `Name: value` lines."""
    found: dict[str, str] = {}
    for line in _FOLD.sub(b" ", head).split(b"\n", _HEADER_LINES)[:_HEADER_LINES]:
        name, colon, value = line[:_HEADER].partition(b":")
        if colon:
            found.setdefault(name.strip().decode("latin-1").lower(), _decoded(value.strip(), "utf-8"))
    return found


def _plain(part: Part) -> bytes:
    encoding = part.headers.get("content-transfer-encoding", "").lower()
    if encoding == "quoted-printable":
        return quopri.decodestring(part.body[: 3 * _TEXT])
    if encoding != "base64":
        return part.body
    try:
        whole = b"".join(part.body[: 2 * _TEXT].split())
        return b64decode(whole[: len(whole) // 4 * 4])
    except binascii.Error:
        return part.body


def _decoded(raw: bytes, charset: str) -> str:
    if b"\x1b$" in raw or b"\x1b(" in raw:
        # Seven bits, so that it passes for ASCII, which is what such mails often say they are.
        return raw.decode("iso2022_jp_2", "replace")
    for each in (_CHARSETS.get(charset.lower(), "utf-8"), *_GUESSES):
        try:
            return raw.decode(each)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")
