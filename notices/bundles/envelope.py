"""PURE: how a bundle lies in its bytes, and how it is checked and opened. docs/bundles.md shows one byte by byte.

    version 1 · signature 64 | length 2 · tenant 8 · device 16 · issued 4 · expires 4 · count 1 · key 65 · sealed …

Numbers are big-endian, times Unix seconds. The signature (ECDSA P-256, SHA-256, r‖s) covers everything behind it, so
nothing is decrypted or unpacked that its owner did not sign. What was pressed is sealed for the house: whoever carries it
reads whose phone it is from and how many presses, and nothing of what they say.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from notices import ids
from notices.bundles.bundle_errors import (
    BundleCut,
    BundleExpired,
    BundleForeign,
    BundleForged,
    BundleFromTheFuture,
    BundleTooLarge,
    BundleTooNew,
    BundleUnreadable,
)

KINDS: Final = ("stamps", "visits", "answers", "form-answers", "greetings")
"""What may be carried: what is of no use if it comes too late. The same list: server/web/data/bundles/asking.js."""
VERSION: Final = 1
MOST: Final = 16 * 1024
"""Bytes of a bundle."""
UNPACKED: Final = 256 * 1024
"""Bytes of what is in it, as of a push."""
LIVES: Final = timedelta(days=7)
"""At most. Answers to mutations are kept far longer (sync/prune.py), so that a late bundle is still known."""
CLOCKS: Final = timedelta(days=1)
"""So far ahead may the clock of a phone be that has had no signal for long."""

_SIGNED: Final = 65
_HEAD: Final = Struct(">H8s16sIIB")
_KEY: Final = _SIGNED + _HEAD.size
_SEALED: Final = _KEY + 65
_DOMAIN: Final = b"kairan bundle 1"
_ONCE: Final = bytes(12)
"""The nonce: the key is made for this one message."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """As it says of itself; nothing is proved before `insist_on_signature`."""

    tenant: str
    device: str
    issued_at: datetime
    expires_at: datetime
    count: int
    raw: bytes


def read(raw: bytes) -> Bundle:
    """Raises BundleTooLarge, BundleTooNew, BundleCut, BundleForged (what no phone of ours would have written)."""
    if len(raw) > MOST:
        raise BundleTooLarge(most=MOST)
    if raw[:1] != bytes([VERSION]):
        raise BundleTooNew(known=VERSION) if raw else BundleCut()
    if len(raw) <= _SEALED:
        raise BundleCut()
    length, tenant, device, issued, expires, count = _HEAD.unpack_from(raw, _SIGNED)
    if length != len(raw):
        raise BundleCut()
    try:
        name = tenant.rstrip(b"\0").decode("ascii")
    except UnicodeDecodeError:
        raise BundleForged from None
    issued_at, expires_at = datetime.fromtimestamp(issued, UTC), datetime.fromtimestamp(expires, UTC)
    return Bundle(name, ids.text_of(device), issued_at, expires_at, count, raw)


def insist_on_time(bundle: Bundle, now: datetime) -> None:
    """Raises BundleFromTheFuture, BundleExpired."""
    if bundle.issued_at > now + CLOCKS:
        raise BundleFromTheFuture()
    if bundle.expires_at <= now or bundle.expires_at - bundle.issued_at > LIVES:
        raise BundleExpired()


def insist_on_tenant(bundle: Bundle, tenant: str) -> None:
    """Raises BundleForeign."""
    if bundle.tenant != tenant:
        raise BundleForeign()


def insist_on_signature(bundle: Bundle, public_key: bytes | None) -> None:
    """`public_key`: the device's point, uncompressed; None where it never gave one. Raises BundleForged."""
    if public_key is None:
        raise BundleForged()
    raw = bundle.raw
    r, s = int.from_bytes(raw[1:33]), int.from_bytes(raw[33:65])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    try:
        key.verify(encode_dss_signature(r, s), _DOMAIN + raw[_SIGNED:], ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise BundleForged from None


def opened(bundle: Bundle, key: ec.EllipticCurvePrivateKey) -> Sequence[Any]:
    """What was pressed, as a push would have it in `mutations`, not yet looked into. Raises BundleUnreadable."""
    raw = bundle.raw
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[_KEY:_SEALED])
        packed = AESGCM(derived(key.exchange(ec.ECDH(), theirs), raw[_KEY:_SEALED])).decrypt(
            _ONCE, raw[_SEALED:], raw[_SIGNED:_KEY]
        )
    except (ValueError, InvalidTag):
        raise BundleUnreadable(why="it was sealed for another key") from None
    pressed = _unpacked(packed)
    if not isinstance(pressed, list) or len(pressed) != bundle.count or not pressed:
        raise BundleUnreadable(why="it holds another number of presses than it says")
    return pressed


def derived(shared: bytes, ephemeral: bytes) -> bytes:
    """The key of AES-256-GCM, by HKDF-SHA-256 (RFC 5869)."""
    return HKDF(hashes.SHA256(), 32, salt=ephemeral, info=_DOMAIN).derive(shared)


def _unpacked(packed: bytes) -> Any:
    try:
        stream = zlib.decompressobj(-15)
        text = stream.decompress(packed, UNPACKED)
        if not stream.eof or stream.unused_data:
            raise BundleUnreadable(why="it is longer than it may be, or cut")
        return json.loads(text)
    except (zlib.error, ValueError, RecursionError):
        raise BundleUnreadable(why="it is no JSON in deflate") from None
