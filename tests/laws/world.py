"""What must be true, kept apart from the product: who is in which scope, and what each note says.

The walk tells it every act; it never asks the product who may see what. What it reads of the database (`look`) is
judged, not believed: sums are counted again, and each note must say what the last accepted write said.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sync.journal import h64
from tests.laws.servers import Answer, ToyServer, Wire

IN, AWAY = "一班", "三班"
HANAKO, ICHIRO = "山田 花子", "佐藤 一郎"
PEOPLE = {HANAKO: "山田", ICHIRO: "佐藤"}
NOTES = ("b.1", "b.2", "b.3", "o.1", "o.2", "o.3")
"""Three in the scope of the block, three in the officers': it can be told from the id."""
Place = tuple[str, str]
Key = tuple[int, str, str]


@dataclass
class Look:
    """The database at one moment."""

    epoch: int
    scopes: dict[Place, dict[str, Any]]
    rows: list[dict[str, Any]]
    notes: dict[str, Any]
    deeds: dict[str, int]

    @property
    def floors(self) -> dict[int, int]:
        return {scope["id"]: scope["floor"] for scope in self.scopes.values()}

    def row(self, key: Key) -> dict[str, Any] | None:
        return next((row for row in self.rows if (row["s"], row["t"], row["id"]) == key), None)


@dataclass
class World:
    server: ToyServer
    tenant: str
    truth: dict[str, Any] = field(default_factory=dict)
    """Note → v, of those that exist."""
    homes: dict[str, str] = field(default_factory=lambda: dict.fromkeys(PEOPLE, IN))
    officers: set[str] = field(default_factory=set)
    left: dict[tuple[str, Place], int] = field(default_factory=dict)
    """(person, scope) → its head when they were last put out of it."""
    deeds: Counter[str] = field(default_factory=Counter)
    """device.mid → times it must have taken effect."""
    known: set[str] = field(default_factory=set)
    """Notes that were ever put: they have their home scope for good."""
    revoked: set[str] = field(default_factory=set)
    floors_raised: int = 0
    epochs: int = 0

    def __post_init__(self) -> None:
        self._wire = Wire(self.server.url)
        self.town = self.tell("found")
        self.latest = self.look()

    def tell(self, act: str, **said: Any) -> Any:
        answer = self._wire.ask("POST", f"/toy/{act}", json_body={"tenant": self.tenant} | said)
        assert answer.status == 200, f"{act}: {answer.content!r}"
        return answer.json()

    def reconnect(self) -> None:
        self._wire.close()
        self._wire = Wire(self.server.url)

    def close(self) -> None:
        self._wire.close()

    # Who is where.

    def place(self, note: str) -> Place:
        block = ("block", self.town["blocks"][IN])
        return block if note.startswith("b") else ("officers", self.town["associations"]["sakura"])

    def scopes_of(self, person: str) -> set[Place]:
        association = self.town["associations"]["sakura"]
        mine = {
            ("person", self.town["people"][person]),
            ("household", self.town["households"][PEOPLE[person]]),
            ("block", self.town["blocks"][self.homes[person]]),
            ("association", association),
            ("city", self.town["city"]),
        }
        return mine | ({("officers", association)} if person in self.officers else set())

    def move(self, person: str, block: str) -> None:
        before = self.scopes_of(person)
        self.tell("join", person=person, block=block) if block == IN else self.tell("leave", person=person)
        self.homes[person] = block
        self._leave(person, before)

    def seat(self, person: str, officer: bool) -> None:
        if officer == (person in self.officers):
            return
        before = self.scopes_of(person)
        self.tell("seat" if officer else "unseat", person=person, role="officer")
        self.officers ^= {person}
        self._leave(person, before)

    def _leave(self, person: str, before: set[Place]) -> None:
        now = self.look()
        for place in before - self.scopes_of(person):
            if place in now.scopes:
                self.left[person, place] = now.scopes[place]["head"]

    # What is written.

    def edit(self, note: str, v: Any) -> None:
        kind, key = self.place(note)
        before = self._head(note)
        self.tell("edit", id=note, v=v, scope={"kind": kind, "key": key})
        changes = self.truth.get(note) != v
        self.wrote(note, v)
        self.known.add(note)
        self.look()
        assert self._head(note) == before + changes, (
            "law 10: one change takes one place in the scope, none takes none"
        )

    def wrote(self, note: str, v: Any) -> None:
        if v is None:
            self.truth.pop(note, None)
        else:
            self.truth[note] = v
            self.known.add(note)

    def body(self, note: str) -> dict[str, Any]:
        kind, key = self.place(note)
        return {"v": self.truth[note], "scope": {"kind": kind, "key": key}}

    def _head(self, note: str) -> int:
        scope = self.latest.scopes.get(self.place(note))
        return scope["head"] if scope else 0

    def enrol(self, person: str) -> tuple[str, str]:
        """→ token, device."""
        said = self.tell("enrol", person=person)
        self.look()
        return said["token"], said["device"]

    def revoke(self, device: str) -> None:
        self.tell("revoke", device=device)
        self.revoked.add(device)
        self.look()

    def collect(self) -> None:
        before = self.latest.floors
        self.tell("collect", keepSeconds=0)
        self.floors_raised += self.look().floors != before

    def make_a_segment(self, place: Place) -> None:
        kind, key = place
        self.tell("segment", scope={"kind": kind, "key": key})
        self.look()

    def rotate(self) -> None:
        self.tell("rotate-epoch")
        self.epochs += 1
        self.look()

    # What the database says, judged.

    def look(self) -> Look:
        said = self.tell("look")
        scopes = {(scope["kind"], scope["key"]): scope for scope in said["scopes"]}
        notes = {note["id"]: note["d"] for note in said["notes"] if note["d"] is not None}
        self.latest = Look(said["epoch"], scopes, said["rows"], notes, said["deeds"])
        self._judge_sums()
        return self.latest

    def _judge_sums(self) -> None:
        for scope in self.latest.scopes.values():
            rows = [row for row in self.latest.rows if row["s"] == scope["id"]]
            live = [row for row in rows if not row["gone"]]
            x = 0
            for row in live:
                x ^= h64(row["t"], row["id"], row["r"]) % 2**64
            assert (scope["n"], scope["x"]) == (len(live), f"{x:016x}"), (
                "law 10: (n, x) is not what is counted"
            )
            places = [row["q"] for row in rows]
            assert len(set(places)) == len(places), "law 10: two records at one place"
            assert all(0 < row["born"] <= row["q"] <= scope["head"] for row in rows), (
                "law 10: a place past the head"
            )
            assert scope["floor"] <= scope["head"], "a floor past the head"

    def judge_writes(self) -> None:
        """After quiet: every accepted write stands, took effect once, and the log tells the same."""
        now = self.look()
        assert now.deeds == self.deeds, "law 8: each mutation takes effect exactly once"
        expected = {note: self.body(note) for note in self.truth}
        assert now.notes == expected, "law 3: an accepted write was lost"
        told = {row["id"]: row["d"] for row in now.rows if row["t"] == "notes" and not row["gone"]}
        assert told == expected, "law 3: the log does not tell what was accepted"

    def expected(self, person: str) -> dict[Key, tuple[int, Any]]:
        """What a phone of this person must hold now: (revision, data) of each record."""
        mine = {scope["id"] for place, scope in self.latest.scopes.items() if place in self.scopes_of(person)}
        return {
            (row["s"], row["t"], row["id"]): (row["r"], row["d"])
            for row in self.latest.rows
            if row["s"] in mine and not row["gone"]
        }

    def place_of(self, scope: int) -> Place:
        return next(place for place, row in self.latest.scopes.items() if row["id"] == scope)


def refused(answer: Answer) -> str:
    """The slug of a problem."""
    assert answer.headers.get("content-type", "").startswith("application/problem+json"), answer.content
    slug: str = answer.json()["slug"]
    return slug
