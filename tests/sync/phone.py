"""A client that keeps what pages tell it, and checks each page as a careful client would."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from sync.journal import h64

Key = tuple[int, str, str]


@dataclass
class Phone:
    """`records`: (scope, type, id) → (revision, data)."""

    cursor: str | None = None
    records: dict[Key, tuple[int, Any]] = field(default_factory=dict)

    def apply(self, body: bytes, *, keep_cursor: bool = True) -> dict[str, Any]:
        page: dict[str, Any] = msgspec.json.decode(body)
        names = [(change["t"], change["id"], change["s"]) for change in page["changes"]]
        assert len(names) == len(set(names)), "an id came twice in one page"
        for change in page["changes"]:
            key = (change["s"], change["t"], change["id"])
            if "x" in change:
                self.records.pop(key, None)
                assert not change.keys() & {"d", "r"}, "what is gone carries an id only"
            else:
                self.records[key] = (change["r"], change["d"])
        for sums in page.get("check", []):
            self._verify(sums)
        if keep_cursor:
            self.cursor = page["cursor"]
        return page

    def _verify(self, sums: dict[str, Any]) -> None:
        held = {key: rev for key, (rev, _) in self.records.items() if key[0] == sums["s"]}
        x = 0
        for (_, type, id), rev in held.items():
            x ^= h64(type, id, rev) % 2**64
        assert (sums["n"], sums["x"]) == (len(held), f"{x:016x}"), (
            "the sums of a completed scope do not add up"
        )

    def forget(self) -> None:
        """What a client does on `resync-required`."""
        self.cursor = None
        self.records.clear()
