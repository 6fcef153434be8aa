"""What all parts of a comparison look at, and the changes they fill."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from notices.life.changes import Changes
from notices.roster.on_file import Register
from notices.roster.rows import Parsed, Problem
from notices.vault import Vault


class Move(NamedTuple):
    """Somebody who was here lives in another home by this list."""

    person: str
    left: str
    into: str


@dataclass(frozen=True, slots=True)
class Import:
    register: Register
    parsed: Parsed
    vault: Vault
    tenant: str
    association: str
    now: datetime
    changes: Changes
    warnings: list[Problem] = field(default_factory=list)
    """What an officer should look at; it stops nothing."""
    moves: list[Move] = field(default_factory=list)

    def has(self, column: str) -> bool:
        """What the file has no column for stays as it is."""
        return column in self.parsed.columns

    def sealed(self, text: str) -> bytes | None:
        return self.vault.encrypt(self.tenant, text) if text else None

    def resealed(self, name: str, kept: bytes | None, text: str) -> dict[str, bytes | None]:
        """{name: ciphertext} where the text is another: each sealing differs, so ciphertexts say nothing."""
        known = self.vault.decrypt(self.tenant, kept) if kept else ""
        return {} if known == text else {name: self.sealed(text)}
