"""Secrets of the house: what identifies a person is encrypted, what is looked up is hashed, with different keys.

PURE. The keys come from outside the database (server/keys.py); a stolen file alone names nobody.
"""

import hmac
import os
from base64 import b32decode, b32encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from notices import ids

_NONCE = 12
_ID = 16
_SHORT_MAC = 10


@dataclass(frozen=True)
class Vault:
    """AES-256-GCM with the tenant as associated data; HMAC-SHA-256 for look-ups.

    `encryption` holds every key still needed for reading, by key id (0–255); `newest` writes.
    """

    encryption: Mapping[int, bytes]
    newest: int
    look_up: bytes
    random: Callable[[int], bytes] = field(default=os.urandom, repr=False)
    _ciphers: dict[int, AESGCM] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Made once for each key."""

    def seal(self, tenant: str, plain: bytes) -> bytes:
        """→ key id (1 byte) · nonce (12) · ciphertext and tag."""
        nonce = self.random(_NONCE)
        sealed = self._cipher(self.newest).encrypt(nonce, plain, tenant.encode())
        return bytes([self.newest]) + nonce + sealed

    def open(self, tenant: str, sealed: bytes) -> bytes:
        """Raises KeyError for a key that was retired, InvalidTag for another tenant's or a damaged value."""
        cipher = self._cipher(sealed[0])
        return cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], tenant.encode())

    def encrypt(self, tenant: str, text: str) -> bytes:
        return self.seal(tenant, text.encode())

    def decrypt(self, tenant: str, sealed: bytes) -> str:
        return self.open(tenant, sealed).decode()

    def lookup(self, tenant: str, text: str) -> bytes:
        """16 bytes that are the same for the same text of the same tenant, and say nothing without the key."""
        return self._mac(b"lookup", tenant.encode(), text.encode())[:16]

    def token_hash(self, token: str) -> bytes:
        """32 bytes. Tokens and codes carry their own entropy; the key only spoils a table made beforehand."""
        return self._mac(b"token", token.encode())

    def enrolment_secret(self, code: str, key: str) -> bytes:
        """32 bytes that only who holds both the ticket's code and the phone's own key can ask for again."""
        return self._mac(b"enrolment", code.encode(), key.encode())

    def challenge_mac(self, about: str, nonce: bytes) -> bytes:
        """16 bytes: a passkey's challenge that is kept nowhere is known again by them (passkeys/challenges.py)."""
        return self._mac(b"challenge", about.encode(), nonce)[:16]

    def unsubscribe_token(self, tenant: str, address: str) -> str:
        """The link in a mail: `<tenant>.<address id>.<MAC>`; nothing is stored for it."""
        mac = urlsafe_b64encode(self._mac(b"unsubscribe", tenant.encode(), address.encode())[:12]).decode()
        return f"{tenant}.{address}.{mac}"

    def unsubscribe_address(self, token: str) -> tuple[str, str] | None:
        """→ (tenant, address id), or None where the token is not ours."""
        tenant, _, rest = token.partition(".")
        address, _, _ = rest.partition(".")
        if hmac.compare_digest(self.unsubscribe_token(tenant, address).encode(), token.encode()):
            return tenant, address
        return None

    def return_path_token(self, tenant: str, message: str) -> str:
        """Where a bounce goes: MAC (10 bytes), message id and tenant in base32, small letters: at most 55 of them."""
        about = ids.bytes_of(message) + tenant.encode()
        mac = self._mac(b"return-path", about)[:_SHORT_MAC]
        return b32encode(mac + about).decode().rstrip("=").lower()

    def return_path_message(self, token: str) -> tuple[str, str] | None:
        """→ (tenant, message id), or None where the token is not ours."""
        try:
            raw = b32decode(token.upper() + "=" * (-len(token) % 8))[_SHORT_MAC:]
            message, tenant = ids.text_of(raw[:_ID]), raw[_ID:].decode("ascii")
            ours = self.return_path_token(tenant, message)
        except ValueError:
            return None
        return (tenant, message) if hmac.compare_digest(ours.encode(), token.encode()) else None

    def _cipher(self, key: int) -> AESGCM:
        cipher = self._ciphers.get(key)
        if cipher is None:
            cipher = self._ciphers[key] = AESGCM(self.encryption[key])
        return cipher

    def _mac(self, *parts: bytes) -> bytes:
        return hmac.digest(self.look_up, b"\0".join(parts), sha256)
