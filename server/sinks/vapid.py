"""PURE: whether an Authorization header is good VAPID (RFC 8292), as a push service judges it."""

import json
import re
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

_HEADER = re.compile(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)=*", re.ASCII)


class BadToken(Exception):
    """Why it was refused, in a word."""


def verified(header: str, *, audience: str, now: datetime, key: bytes | None = None) -> dict[str, Any]:
    """The claims. `key`: the only public point (65 bytes) allowed, where the subscription names one.

    Raises BadToken.
    """
    match = _HEADER.fullmatch(header.strip())
    if match is None:
        raise BadToken("authorization")
    try:
        head, claims = json.loads(_decoded(match[1])), json.loads(_decoded(match[2]))
        point, signature = _decoded(match[4]), _decoded(match[3])
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise BadToken("token") from None
    if head.get("alg") != "ES256" or len(signature) != 64 or (key is not None and point != key):
        raise BadToken("key")
    _check_signature(public, signature, f"{match[1]}.{match[2]}".encode())
    _check_claims(claims, audience, now)
    return dict(claims)


def _check_signature(public: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> None:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise BadToken("signature") from None


def _check_claims(claims: dict[str, Any], audience: str, now: datetime) -> None:
    if claims.get("aud") != audience:
        raise BadToken("aud")
    left = float(claims.get("exp") or 0) - now.timestamp()
    if not 0 < left <= timedelta(hours=24).total_seconds():
        raise BadToken("exp")
    if not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
        raise BadToken("sub")


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
