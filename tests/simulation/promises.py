"""What a notice promises the people it is for, asked of the rows a run has left: who hears by what, and what then.

Written from the sentences of the decision records, and from nothing of the code that keeps them: a person hears by
their first channel, in an emergency by all; a home without proof hears again and by its other channels, and ends at
the door; whoever has answered is left alone; nothing comes before its time.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from notices import ids
from tests.simulation.record import Record

RANK: Final = {"push": 0, "mail": 1, "line": 2}
DAY: Final = 86_400.0
EARLIEST: Final = {
    "ordinary": {"push-again": DAY, "mail": 2 * DAY, "line": 3 * DAY},
    "urgent": {"push-again": 600.0, "mail": 1200.0, "line": 1800.0},
    "emergency": {"push-again": 120.0},
}
"""Seconds after the first message; a home that has lost one goes on at once."""
_NOTICE: Final = """
SELECT n.state, n.kind, n.urgency, n.topic, p.revision, p.created_at FROM notice n
LEFT JOIN planning p ON p.tenant = n.tenant AND p.notice = n.id
WHERE n.tenant = ? AND n.id = ? ORDER BY p.revision DESC LIMIT 1
"""
_HOMES: Final = """
SELECT household, stamped_at, on_phone_at, door_at, residual_at FROM notice_household
WHERE tenant = ? AND notice = ?
"""
_WAYS: Final = """
SELECT r.household, r.person, a.id, a.channel, a.lookup FROM resident r
JOIN person p ON p.tenant = r.tenant AND p.id = r.person AND p.ended_at IS NULL
JOIN address a ON a.tenant = r.tenant AND a.person = r.person AND a.state = 'live'
WHERE r.tenant = ?1 AND r.until IS NULL AND (?2 = 'emergency' OR instr(p.muted, ',' || ?3 || ',') = 0)
"""
_SAID: Final = """
SELECT d.household, d.person, d.address, a.lookup, d.step, m.channel, m.state, m.created_at FROM delivery d
JOIN message m ON m.tenant = d.tenant AND m.id = d.message
JOIN address a ON a.tenant = d.tenant AND a.id = d.address
WHERE d.tenant = ? AND d.notice = ? AND d.revision >= ?
"""


@dataclass(frozen=True)
class _Way:
    person: bytes
    address: bytes
    channel: str
    lookup: bytes


@dataclass(frozen=True)
class _Said:
    person: bytes
    address: bytes
    lookup: bytes
    step: str
    channel: str
    state: str
    at: datetime


@dataclass
class _Home:
    name: str
    proof: datetime | None
    door: str | None
    residual: str | None
    ways: list[_Way] = field(default_factory=list)
    """By which its people could be told by now, and want to be."""
    said: list[_Said] = field(default_factory=list)

    def to(self, person: bytes) -> list[_Said]:
        return [each for each in self.said if each.person == person and each.step == "first"]


def broken(record: Record, tenant: str, notice: str, *, climbed: bool) -> Iterator[str]:
    """`climbed`: the run has gone on until every ladder was at its end."""
    key = (tenant, ids.bytes_of(notice))
    found = record.rows(_NOTICE, *key)
    if not found or found[0][4] is None:
        yield f"I1 loss: {notice} was accepted and is not there"
        return
    state, kind, urgency, topic, revision, at = found[0]
    if state != "published":
        return
    homes = _homes(record, key, kind, urgency, topic, revision)
    for home in homes:
        sentences = (
            *_first(home, urgency),
            *(_again(home, urgency, kind) if climbed and home.proof is None else ()),
            *_left_alone(home),
            *_early(home, urgency, _time(at)),
        )
        yield from (f"{sentence} (home {home.name}, {urgency} {kind} {notice})" for sentence in sentences)


def _homes(record: Record, key: Any, kind: str, urgency: str, topic: str, revision: int) -> list[_Home]:
    homes: dict[bytes, _Home] = {}
    for household, stamped, phone, door, residual in record.rows(_HOMES, *key):
        proof = stamped or (phone if kind == "notice" else None)
        name = ids.text_of(household)
        homes[household] = _Home(name, _time(proof) if proof else None, door, residual)
    for household, *way in record.rows(_WAYS, key[0], urgency, topic):
        if household in homes:
            homes[household].ways.append(_Way(*way))
    for household, person, address, lookup, step, channel, state, created in record.rows(
        _SAID, *key, revision
    ):
        said = _Said(person, address, lookup, step, channel, state, _time(created))
        homes[household].said.append(said)
    return list(homes.values())


def _time(stored: str) -> datetime:
    return datetime.fromisoformat(stored)


def _first(home: _Home, urgency: str) -> Iterator[str]:
    """Everybody hears: by all channels in an emergency, else by the best one, and by no second at the same time."""
    of: dict[bytes, list[_Way]] = defaultdict(list)
    for way in home.ways:
        of[way.person].append(way)
    for person, ways in of.items():
        said = home.to(person)
        told = {each.address for each in said}
        best = min((RANK[each.channel] for each in said), default=9)
        for way in ways:
            due = urgency == "emergency" or RANK[way.channel] <= best
            if due and way.address not in told:
                yield f"I1 loss: never planned for {ids.text_of(person)} by {way.channel}"
        if urgency == "ordinary" and len({each.channel for each in said}) > 1:
            yield f"I2 twice: {ids.text_of(person)} heard by two channels at once"


def _again(home: _Home, urgency: str, kind: str) -> Iterator[str]:
    """Nobody of the home has given a sign: it has heard by all it has, and is told at the door."""
    boxes = {each.lookup for each in home.said}
    repeated = {each.address for each in home.said if each.step == "push-again"}
    for way in home.ways:
        if way.lookup not in boxes:
            yield f"I1 ladder: {way.channel} of {ids.text_of(way.person)} was never tried"
        if way.channel == "push" and way.address not in repeated:
            yield f"I1 ladder: the phone of {ids.text_of(way.person)} did not hear it again"
    walks = urgency != "ordinary" or kind != "notice"
    if bool(home.door) != walks or bool(home.residual) != walks:
        yield f"I1 ladder: at the door {home.door}, on the last list {home.residual}"


def _left_alone(home: _Home) -> Iterator[str]:
    if home.proof is None:
        return
    for each in home.said:
        if each.step != "first" and each.at > home.proof:
            yield f"I3 ghost: {each.step} was made at {each.at}, after the proof of {home.proof}"
    if home.door and _time(home.door) > home.proof:
        yield f"I3 ghost: it is told at the door after the proof of {home.proof}"


def _early(home: _Home, urgency: str, at: datetime) -> Iterator[str]:
    if any(each.state in ("gone", "failed", "quarantined") for each in home.said):
        return
    for each in home.said:
        waited = (each.at - at).total_seconds()
        if each.step in EARLIEST[urgency] and waited < EARLIEST[urgency][each.step]:
            yield f"I2 hasty: {each.step} came {waited:.0f} s after the first message"
