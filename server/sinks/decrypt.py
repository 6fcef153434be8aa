"""PURE: what a browser does with a push: RFC 8188 (aes128gcm) with the keys of RFC 8291, from their texts.

It uses nothing that the sending side uses but `cryptography`, so an error of one is not excused by the other.
"""

import struct
from hashlib import sha256
from hmac import new as hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class CannotDecrypt(Exception):
    """A body no browser would open; the message says at which step."""


def decrypted(body: bytes, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """The plaintext of a push. `key` and `auth` are the subscription's. Raises CannotDecrypt."""
    # RFC 8188 §2.1: salt (16), record size (4), length of key id (1), key id; here the sender's public point.
    if len(body) < 21 + 65 + 17 or body[20] != 65:
        raise CannotDecrypt("header")
    salt, record_size, point = body[:16], struct.unpack("!L", body[16:20])[0], body[21:86]
    record = body[86:]
    if len(record) > record_size:
        raise CannotDecrypt("more than one record")  # RFC 8291 §4
    secret = _input_key(key, point, auth)
    content_key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\x00", 12)
    try:
        padded = AESGCM(content_key).decrypt(nonce, record, None)
    except InvalidTag:
        raise CannotDecrypt("tag") from None
    return _unpadded(padded)


def _input_key(key: ec.EllipticCurvePrivateKey, sender_point: bytes, auth: bytes) -> bytes:
    """RFC 8291 §3.4."""
    try:
        sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender_point)
    except ValueError:
        raise CannotDecrypt("point") from None
    own_point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = key.exchange(ec.ECDH(), sender)
    return _hkdf(auth, shared, b"WebPush: info\x00" + own_point + sender_point, 32)


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, one block: `length` ≤ 32."""
    extracted = hmac(salt, secret, sha256).digest()
    return hmac(extracted, info + b"\x01", sha256).digest()[:length]


def _unpadded(padded: bytes) -> bytes:
    """RFC 8188 §2: the last record ends with 0x02 and any number of zeros."""
    content = padded.rstrip(b"\x00")
    if not content.endswith(b"\x02"):
        raise CannotDecrypt("padding")
    return content[:-1]
