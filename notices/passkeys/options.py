"""PURE: what a browser is asked to make or to sign with, as JSON (WebAuthn Level 2, §5.4 and §5.5), bytes in base64url."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any, Final

from notices.passkeys.challenges import Page

Credential = Mapping[str, Any]
"""What it answers: a PublicKeyCredential as JSON."""

ALGORITHMS: Final = (-8, -7, -257)
"""EdDSA, ES256, RS256: those that answers.py checks."""
TIMEOUT: Final = 60_000
"""Milliseconds."""


def to_make(
    page: Page, city: str, user: bytes, name: str, challenge: bytes, known: Iterable[bytes]
) -> dict[str, Any]:
    """For `navigator.credentials.create`. `known`: credentials that are theirs, of which a device makes no second."""
    return {
        "rp": {"id": page.name, "name": city},
        "user": {"id": _text(user), "name": name, "displayName": name},
        "challenge": _text(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in ALGORITHMS],
        "timeout": TIMEOUT,
        "excludeCredentials": _listed(known),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def to_sign(page: Page, challenge: bytes, known: Iterable[bytes]) -> dict[str, Any]:
    """For `navigator.credentials.get`. `known`: by which of them; none where nobody knows yet who it is."""
    return {
        "rpId": page.name,
        "challenge": _text(challenge),
        "timeout": TIMEOUT,
        "allowCredentials": _listed(known),
        "userVerification": "required",
    }


def _listed(known: Iterable[bytes]) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": _text(each)} for each in known]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
