"""A client that trusts nobody: it keeps each record's scope and revision, and recomputes what a page claims.

Written from docs/sync.md alone; nothing of `sync` is imported, or the same mistake would be made twice.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import httpx

from tests.phone import Phone

ORDER = ("person", "household", "seats", "block", "association", "city")
"""Removals come before all of these (docs/sync.md, The first pull)."""

SCOPE_OF = {
    "memberships": "person",
    "corrections": "person",
    "consents": "person",
    "carriages": "person",
    "devices": "person",
    "preferences": "person",
    "greetings": "person",
    "households": "household",
    "stamps": "household",
    "answers": "household",
    "visits": "seats",
    "changes": "seats",
    "handovers": "seats",
    "circulations": "seats",
    "approvals": "seats",
    "sheets": "seats",
    "reach": "seats",
    "roster": "seats",
    "safety": "seats",
    "form-results": "seats",
    "submissions": "seats",
    "drafts": "seats",
    "sent": "seats",
    "looks": "block",
    "associations": "association",
    "blocks": "association",
    "seats": "association",
    "cities": "city",
}
LONGER = {
    "proxies": ("person", "household"),
    "enrolments": ("person", "seats"),
    "erasures": ("person", "seats"),
}
"""Of which there is a copy for somebody else, under an id with one part more."""


def scopes_of(type: str, id: str) -> Collection[str]:
    """The kinds of scope that a record may stand in (contract of the record types)."""
    if type == "notices":
        # An emergency stands in the city, or under each association that it is for.
        return {"block", "association"} if "." in id else {"association", "city"}
    if type == "form-answers":
        return {"household", "person"}  # as the form asks a home or a person
    if type in LONGER:
        return {LONGER[type]["." in id]}
    return {SCOPE_OF[type]}


def h64(type: str, id: str, revision: int) -> int:
    """First 8 bytes of SHA-256("type NUL id NUL revision"), big-endian; as unsigned, which XOR does not mind."""
    return int.from_bytes(sha256(f"{type}\0{id}\0{revision}".encode()).digest()[:8], "big")


@dataclass
class CarefulPhone:
    http: httpx.AsyncClient
    records: dict[tuple[int, str, str], tuple[int, dict[str, Any]]] = field(default_factory=dict)
    cursor: str = ""
    pages: int = 0
    checked: set[int] = field(default_factory=set)
    """Scopes whose checksum was compared."""

    @classmethod
    def beside(cls, phone: Phone) -> "CarefulPhone":
        """The same device, another store."""
        return cls(phone.http)

    async def page(self, limit: int) -> bool:
        """One page, examined and applied. Whether there is more."""
        asked: dict[str, Any] = {"limit": limit} | ({"cursor": self.cursor} if self.cursor else {})
        answer = await self.http.get("/sync/v1/pull", params=asked)
        if answer.status_code == 204:
            assert answer.content == b""
            assert answer.headers["X-Sync-Cursor"] == self.cursor, "nothing new: the cursor is unchanged"
            return False
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store", "authenticated answers are not kept on the way"
        page = answer.json()
        assert len(answer.content) <= 512 * 1024
        assert page["changes"] or not page["more"], "a page that promises more holds at least one record"
        assert len(page["changes"]) <= limit
        assert page["cursor"]
        assert page["serverTime"]
        self.in_order(page["changes"])
        self._apply(page["changes"])
        self.cursor = page["cursor"]
        self.pages += 1
        if not page["more"]:
            self._check(page["check"])
        more: bool = page["more"]
        return more

    async def pull(self, limit: int = 200) -> None:
        for _ in range(1_000):
            if not await self.page(limit):
                return
        raise AssertionError("a quiet server must end")

    def known(self) -> dict[tuple[str, str], tuple[int, dict[str, Any]]]:
        return {(type, id): held for (_, type, id), held in self.records.items()}

    @staticmethod
    def in_order(changes: list[dict[str, Any]]) -> None:
        place = 0
        for change in changes:
            removal = change.get("x") == 2
            may = {0} if removal else {1 + ORDER.index(each) for each in scopes_of(change["t"], change["id"])}
            later = [each for each in may if each >= place]
            assert later, f"{change['t']}: removals, person, household, seats, block, association, city"
            place = min(later)
        last: dict[int, int] = {}
        for change in changes:
            if change.get("x") == 2:
                continue
            assert change["q"] > last.get(change["s"], 0), "within a scope by seq"
            last[change["s"]] = change["q"]
        keys = [(change["s"], change["t"], change["id"]) for change in changes]
        assert len(keys) == len(set(keys)), "no record appears twice"

    def _apply(self, changes: list[dict[str, Any]]) -> None:
        for change in changes:
            key = (change["s"], change["t"], change["id"])
            if "x" in change:
                assert "d" not in change, "what is gone carries an id only"
                self.records.pop(key, None)
                continue
            before = self.records.get(key)
            assert before is None or change["r"] > before[0], "a revision only grows"
            self.records[key] = (change["r"], change["d"])

    def _check(self, check: list[dict[str, Any]]) -> None:
        held: dict[int, list[int]] = defaultdict(list)
        for (scope, type, id), (revision, _) in self.records.items():
            held[scope].append(h64(type, id, revision))
        for each in check:
            xor = 0
            for one in held[each["s"]]:
                xor ^= one
            assert each["n"] == len(held[each["s"]]), f"count of scope {each['s']}"
            assert each["x"] == f"{xor:016x}", f"checksum of scope {each['s']}"
            self.checked.add(each["s"])
