"""A phone that signs and seals bundles: written from docs/bundles.md alone, nothing of ours is imported."""

import base64
import json
import os
import struct
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.phone import Phone

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""Of base45."""


def b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class Signer:
    """The device key of one phone, and for whom it seals."""

    phone: Phone
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    sealing_key: bytes = b""

    async def register(self) -> None:
        answer = await self.phone.http.put(
            "/api/v1/me/device-key", json={"deviceKey": b64url(point(self.key))}
        )
        assert answer.status_code == 200, answer.text
        self.sealing_key = unb64url(answer.json()["sealingKey"])

    def bundle(self, now: datetime, **changed: Any) -> bytes:
        """All that waits in the outbox. `changed`: issued, expires, tenant, mutations, packed, count, device, version."""
        mutations = changed.get("mutations", self.phone.outbox)
        packed = changed.get("packed") or _deflated(json.dumps(mutations).encode())
        tenant = changed.get("tenant", str(self.phone.http.headers["Authorization"])[7:].partition("_")[0])
        once = ec.generate_private_key(ec.SECP256R1())
        shared = once.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.sealing_key)
        )
        key = HKDF(hashes.SHA256(), 32, salt=point(once), info=b"kairan bundle 1").derive(shared)
        issued = changed.get("issued", now)
        head = struct.pack(
            ">H8s16sIIB",
            65 + 35 + 65 + len(packed) + 16,
            tenant.encode(),
            unb64url(changed.get("device", self.phone.device)),
            int(issued.timestamp()),
            int(changed.get("expires", issued + timedelta(days=3)).timestamp()),
            changed.get("count", len(mutations)),
        )
        sealed = AESGCM(key).encrypt(bytes(12), packed, head)
        return bytes([changed.get("version", 1)]) + self.signed(head + point(once) + sealed)

    def signed(self, rest: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(b"kairan bundle 1" + rest, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32) + rest


def _deflated(text: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(text) + stream.flush()


async def hand_in(carrier: Phone, raw: bytes, lang: str = "ja") -> httpx.Response:
    headers = {"Content-Type": "application/octet-stream", "Accept-Language": lang}
    return await carrier.http.post("/api/v1/bundles", content=raw, headers=headers)


def altered(raw: bytes, place: int) -> bytes:
    """The same with one byte that is another."""
    return raw[:place] + bytes([raw[place] ^ (1 + os.urandom(1)[0] % 255)]) + raw[place + 1 :]


def from_base45(text: str) -> bytes:
    """RFC 9285."""
    raw = b""
    for at in range(0, len(text), 3):
        digits = [CHARACTERS.index(each) for each in text[at : at + 3]]
        n = sum(digit * 45**place for place, digit in enumerate(digits))
        raw += n.to_bytes(len(digits) - 1)
    return raw


def to_base45(raw: bytes) -> str:
    text = ""
    for at in range(0, len(raw), 2):
        n, digits = int.from_bytes(raw[at : at + 2]), 3 if at + 1 < len(raw) else 2
        for _ in range(digits):
            n, digit = divmod(n, 45)
            text += CHARACTERS[digit]
    return text


def framed(raw: bytes) -> str:
    """The text of its one QR code."""
    return f"KAIRAN1:1/1:{sha256(raw).hexdigest()[:8].upper()}:{to_base45(raw)}"
