"""DKIM signatures (RFC 6376): rsa-sha256, headers relaxed, body simple; what we send ends in one CRLF anyway.

dkimpy signs as well, but does its RSA in Python: 7.5 ms a message, which would hold the loop and make 130 mails a
second; OpenSSL does it in 0.4 ms. So dkimpy is the one that verifies, in the tests.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

# From a second time: then nobody can add one more (RFC 6376 §8.15).
_SIGNED: Final = (
    b"from", b"from", b"to", b"subject", b"date", b"message-id", b"list-unsubscribe", b"list-unsubscribe-post",
    b"list-id", b"mime-version", b"content-type",
)  # fmt: skip
_SELECTOR: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{1,63})*")
_SMALLEST, _LARGEST = 2048, 4096
_SPACE: Final = re.compile(rb"[ \t]+")


class Signer:
    """`key`: RSA in PEM, 2048 to 4096 bits (RFC 8301 §3.2). Raises ValueError with a sentence for the operator."""

    def __init__(self, key: bytes, selector: str, domain: str) -> None:
        try:
            loaded = load_pem_private_key(key, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise ValueError("the DKIM key is no private key in PEM without a password.") from None
        if not isinstance(loaded, RSAPrivateKey) or not _SMALLEST <= loaded.key_size <= _LARGEST:
            raise ValueError(f"the DKIM key must be RSA of {_SMALLEST} to {_LARGEST} bits.")
        if not _SELECTOR.fullmatch(selector):
            raise ValueError(
                "its name, KAIRAN_DKIM_SELECTOR, must be letters, digits and hyphens, e.g. kairan."
            )
        self._key = loaded
        self.selector, self.domain = selector, domain

    @property
    def name(self) -> str:
        """Where the public half is published."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The text of the TXT record at `name` (RFC 6376 §3.6.1)."""
        public = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"

    def signed(self, wire: bytes, at: datetime) -> bytes:
        """The message with its signature on top."""
        head, _, body = wire.partition(b"\r\n\r\n")
        fields = dict(relaxed(head))
        names = [name for name in _SIGNED if name in fields]
        unsigned = self._field(names, sha256(body).digest(), at)
        [(name, value)] = relaxed(unsigned)
        once = dict.fromkeys(names)  # the second From is one that is not there
        lines = [b"%s:%s\r\n" % (each, fields[each]) for each in once]
        proof = self._key.sign(b"".join(lines) + b"%s:%s" % (name, value), PKCS1v15(), SHA256())
        return unsigned + b"".join(_folded(b64encode(proof))) + b"\r\n" + wire

    def _field(self, names: Sequence[bytes], body: bytes, at: datetime) -> bytes:
        """The header field up to the signature itself."""
        return (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d={self.domain};\r\n"
            f" s={self.selector}; t={int(at.timestamp())}; bh={b64encode(body).decode()};\r\n"
            f" h={':'.join(map(bytes.decode, names[:6]))}:\r\n"
            f"  {':'.join(map(bytes.decode, names[6:]))};\r\n"
            " b="
        ).encode("ascii")


def relaxed(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and value of each header field as they are signed (RFC 6376 §3.4.2)."""
    for field in head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n"):
        if field:
            name, _, value = field.partition(b":")
            yield name.strip().lower(), _SPACE.sub(b" ", value).strip()


def _folded(text: bytes) -> Iterator[bytes]:
    for start in range(0, len(text), 72):
        yield b"\r\n  " + text[start : start + 72]
