"""Bodies made smaller, where the client says it can read that: zstd before gzip (RFC 9110 §12.5.3)."""

from __future__ import annotations

import sys
import zlib
from typing import Final

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SMALLEST: Final = 500
"""Bytes. What is smaller fits in one packet either way."""
_ZSTD: Final = 3
_GZIP: Final = 5


def packed(body: bytes, accepted: str) -> tuple[bytes, str]:
    """(body, Content-Encoding), the latter empty for a body that stays as it is. `accepted`: Accept-Encoding."""
    if len(body) < SMALLEST or not accepted:
        return body, ""
    codings = _codings(accepted)
    if "zstd" in codings:
        return zstd.compress(body, level=_ZSTD), "zstd"
    if "gzip" in codings:
        return _gzip(body), "gzip"
    return body, ""


def _codings(accepted: str) -> set[str]:
    found = set()
    for each in accepted.lower().split(","):
        name, _, weight = each.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            found.add(name.strip())
    return found


def _gzip(body: bytes) -> bytes:
    # 16: with the header and trailer of gzip (RFC 1952).
    packer = zlib.compressobj(_GZIP, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(body) + packer.flush()
