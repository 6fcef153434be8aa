"""The keys of the house: made at first start, kept in one file outside the database, readable by its owner alone."""

import json
import os
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from notices.vault import Vault

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the points of P-256 (SP 800-186, 3.2.1.3)."""


class KeysMissing(Exception):
    """A sentence for the operator."""


@dataclass(frozen=True)
class Keys:
    vault: Vault
    cursor: bytes
    """Signs sync cursors."""
    vapid: ec.EllipticCurvePrivateKey
    """Who we are to push services (RFC 8292)."""

    @property
    def push_key(self) -> str:
        """What a browser subscribes with: the public point, uncompressed, base64url."""
        return _point(self.vapid)

    @cached_property
    def bundles(self) -> ec.EllipticCurvePrivateKey:
        """Opens what neighbours carry. Derived, so that key files of before need nothing added."""
        seed = HKDF(hashes.SHA256(), 48, salt=None, info=b"kairan bundles").derive(self.cursor)
        # 48 bytes: what the remainder favours is less than one in 2^128 (FIPS 186-5, A.2.1).
        return ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1())

    @cached_property
    def bundle_key(self) -> str:
        """For which phones seal them: the public point, uncompressed, base64url."""
        return _point(self.bundles)


def make(file: Path) -> Keys:
    """Makes the file where it is missing, else reads it."""
    if not file.exists():
        _write(
            file,
            {"encryption": {"1": _random()}, "newest": 1, "look_up": _random(), "cursor": _random()}
            | _vapid(),
        )
    return read(file)


def read(file: Path) -> Keys:
    try:
        kept: Mapping[str, Any] = json.loads(file.read_text())
    except FileNotFoundError:
        raise KeysMissing(
            f"The key file {file} is missing. Without it nothing encrypted can be read: put the copy back."
        ) from None
    encryption = {int(number): b64decode(key) for number, key in kept["encryption"].items()}
    vault = Vault(encryption=encryption, newest=kept["newest"], look_up=b64decode(kept["look_up"]))
    return Keys(vault=vault, cursor=b64decode(kept["cursor"]), vapid=_private(kept["vapid"]))


def add_encryption_key(file: Path) -> int:
    """A new key that writes from now on; older ones still read. Returns its number."""
    kept = json.loads(file.read_text())
    kept["newest"] = max(int(number) for number in kept["encryption"]) + 1
    kept["encryption"][str(kept["newest"])] = _random()
    _write(file, kept)
    return int(kept["newest"])


def drop_encryption_keys_before(file: Path, number: int) -> None:
    kept = json.loads(file.read_text())
    kept["encryption"] = {key: value for key, value in kept["encryption"].items() if int(key) >= number}
    _write(file, kept)


def _point(key: ec.EllipticCurvePrivateKey) -> str:
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return urlsafe_b64encode(point).rstrip(b"=").decode()


def _random() -> str:
    return b64encode(os.urandom(32)).decode()


def _private(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeysMissing("The key file holds something else than a P-256 key for push. Put the copy back.")
    return key


def _vapid() -> dict[str, str]:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {"vapid": pem.decode()}


def _write(file: Path, kept: Mapping[str, Any]) -> None:
    """Beside and over: a crash leaves the old file or the new one, never half of one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(file.name + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(kept, out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
