"""Bodies made smaller, where the client says it can read that: zstd before gzip (RFC 9110 §12.5.3)."""

from __future__ import annotations

import re
import sys
import zlib
from functools import lru_cache
from typing import Final

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["packed", "zstd"]

SMALLEST: Final = 500
"""Bytes. What is smaller fits in one packet either way."""
_ZSTD: Final = 3
_GZIP: Final = 5
_NONE: Final = re.compile(rb"q=0(\.0{0,3})?")


def packed(body: bytes, accepted: bytes) -> tuple[bytes, bytes]:
    """(body, Content-Encoding), the latter empty for a body that stays as it is. `accepted`: Accept-Encoding."""
    if len(body) < SMALLEST or not accepted:
        return body, b""
    coding = _chosen(accepted)
    if coding == b"zstd":
        return zstd.compress(body, level=_ZSTD), coding
    if coding == b"gzip":
        return _gzip(body), coding
    return body, b""


@lru_cache(1_000)
def _chosen(accepted: bytes) -> bytes:
    """What browsers and libraries send is the same few lines, over and over."""
    found = set()
    for each in accepted.lower().split(b","):
        name, _, weight = each.partition(b";")
        if not _NONE.fullmatch(weight.replace(b" ", b"")):
            found.add(name.strip())
    return b"zstd" if b"zstd" in found else b"gzip" if b"gzip" in found else b""


def _gzip(body: bytes) -> bytes:
    # 16: with the header and trailer of gzip (RFC 1952).
    packer = zlib.compressobj(_GZIP, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(body) + packer.flush()
