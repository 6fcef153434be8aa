"""A push as RFC 8291 wants it (aes128gcm, one record), with `cryptography` alone.

An ephemeral key makes one message and no other. What does not depend on the payload can be made ahead (`Ephemeral`).
Sources: RFC 8291 §3.3, §3.4 and §4; RFC 8188 §2.
"""

from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Callable
from hmac import digest
from os import urandom
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notices.channels import PushAddress
from notices.town.address_errors import PushKeysRefused

PAYLOAD_LIMIT: Final = 3993
"""Bytes of plaintext that fit one record of 4096 with its header (RFC 8291 §4)."""

Ephemeral = bytes
"""The sender's public point (65 bytes) and the input key (32) that one subscription shares with it; secret."""

_CURVE: Final = ec.SECP256R1()
_ECDH: Final = ec.ECDH()
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")
_RECORD: Final = (4096).to_bytes(4, "big") + bytes([65])


def encrypted(address: PushAddress, payload: bytes) -> bytes:
    """The body of a request, under an ephemeral key of its own. Raises PushKeysRefused, ValueError (too long)."""
    return sealed(ephemeral(address), payload)


def ephemeral(address: PushAddress) -> Ephemeral:
    """A new key pair and what it shares with this subscription. Raises PushKeysRefused."""
    return _agreed(address, ec.generate_private_key(_CURVE))


def sealed(key: Ephemeral, payload: bytes, salt: bytes | None = None) -> bytes:
    """`key` must never have sealed anything before; `salt` (16 bytes) is given by tests alone."""
    if len(payload) > PAYLOAD_LIMIT:
        raise ValueError(f"a payload of {len(payload)} bytes does not fit one record")
    salt = salt or urandom(16)
    secret = digest(salt, key[65:], "sha256")
    content_key = digest(secret, b"Content-Encoding: aes128gcm\x00\x01", "sha256")[:16]
    nonce = digest(secret, b"Content-Encoding: nonce\x00\x01", "sha256")[:12]
    return salt + _RECORD + key[:65] + AESGCM(content_key).encrypt(nonce, payload + b"\x02", None)


def _agreed(address: PushAddress, own: ec.EllipticCurvePrivateKey) -> Ephemeral:
    point, auth = subscription_keys(address)
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    except ValueError:
        raise PushKeysRefused from None
    sender = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = digest(auth, own.exchange(_ECDH, theirs), "sha256")
    return sender + digest(shared, b"WebPush: info\x00" + point + sender + b"\x01", "sha256")


def subscription_keys(address: PushAddress) -> tuple[bytes, bytes]:
    """`p256dh` (65 bytes, perhaps not on the curve) and `auth` (16). Raises PushKeysRefused."""
    try:
        point, auth = _decoded(address.p256dh), _decoded(address.auth)
    except (NotBase64, ValueError):
        raise PushKeysRefused from None
    if len(point) != 65 or point[0] != 4 or len(auth) != 16:
        raise PushKeysRefused
    return point, auth


def _decoded(text: str) -> bytes:
    text = text.rstrip("=")
    raw = a2b_base64(text.encode("ascii").translate(_FROM_URL) + b"==")
    # The decoder skips what is no letter of its alphabet; the length of what is left tells.
    if len(raw) != len(text) * 3 // 4:
        raise ValueError("not base64url")
    return raw


def proves_itself(agreed: Callable[[PushAddress, ec.EllipticCurvePrivateKey], Ephemeral] = _agreed) -> bool:
    """Whether the example of RFC 8291 §5 comes out, byte for byte, with the `cryptography` that is installed."""
    private = int.from_bytes(_decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big")
    address = PushAddress("", _EXAMPLE_POINT, "BTBZMqHH6r4Tts7J_aSIgg")
    try:
        key = agreed(address, ec.derive_private_key(private, _CURVE))
        body = sealed(key, b"When I grow up, I want to be a watermelon", _decoded("DGv6ra1nlYgDCS1FRnbzlw"))
    except Exception:
        return False
    return body == _decoded(_EXAMPLE)


_EXAMPLE_POINT: Final = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
_EXAMPLE: Final = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
    "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
