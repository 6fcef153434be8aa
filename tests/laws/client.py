"""A phone that trusts nobody: it keeps what pages tell it and judges each answer against the world as it stands."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from sync.journal import h64
from tests.laws.outbox import Outbox
from tests.laws.servers import Answer, Line, ToyServer, Wire
from tests.laws.world import NOTES, Key, World, refused

Store = dict[Key, tuple[int, Any]]
PATIENT = 10
"""Seconds for which a phone without a line lets its pull wait."""


@dataclass
class Held:
    """What a phone has on its disk, and the (floors, epochs) it has started over for."""

    records: Store = field(default_factory=dict)
    cursor: str | None = None
    excused: tuple[int, int] = (0, 0)

    def copy(self) -> Held:
        return Held(dict(self.records), self.cursor, self.excused)


class Client:
    def __init__(
        self, world: World, servers: Sequence[ToyServer], person: str, *, segments: bool = False
    ) -> None:
        """`segments`: it takes them."""
        self.world, self.person, self.segments = world, person, segments
        self._servers = servers
        self._wires = [Wire(server.url) for server in servers]
        self.held = Held()
        self.older: Held | None = None
        self.enrol()

    def enrol(self) -> None:
        self.token, self.device = self.world.enrol(self.person)
        self.held = Held(excused=self._now)
        self.older = None
        self.outbox = Outbox(self.world, self.person, self.device)

    def reconnect(self) -> None:
        self.close()
        self._wires = [Wire(server.url) for server in self._servers]

    def close(self) -> None:
        for wire in self._wires:
            wire.close()

    def revision(self, note: str) -> int | None:
        """As the phone knows it."""
        held = self.held.records
        return next((r for (_, type, id), (r, _) in held.items() if (type, id) == ("notes", note)), None)

    # Pulling.

    def page(self, limit: int, *, at: int = 0, arrives: bool = True, keep_cursor: bool = True) -> bool:
        """One pull. True if there is more to come."""
        answer = self.ask_page(self.held.cursor, limit, at)
        return self.read(answer, limit, at=at, arrives=arrives, keep_cursor=keep_cursor)

    def read(
        self, answer: Answer, limit: int, *, at: int = 0, arrives: bool = True, keep_cursor: bool = True
    ) -> bool:
        """What a pull was answered. True if there is more to come."""
        if self.held.cursor and epoch(self.held.cursor) != self.world.latest.epoch:
            assert answer.status in (403, 410), "law 11: a cursor of an older epoch gets an answer"
        if answer.status == 403:
            self._wiped(answer)
            return True
        if answer.status == 410:
            self._start_over(answer)
            return True
        if answer.status == 204:
            assert answer.headers["x-sync-cursor"] == self.held.cursor, (
                "law 7: nothing new, and another cursor"
            )
            return False
        assert answer.status == 200, answer.content
        page = answer.json()
        pieces = [self._segment(each, at) for each in page.get("segments", ())]
        if None in pieces:
            # One is gone by now: the same page again, without.
            answer = self.ask_page(self.held.cursor, limit, at, segments=False)
            return self.read(answer, limit, at=at, arrives=arrives, keep_cursor=keep_cursor)
        whole = [change for piece in pieces for change in piece or ()]
        return self.take(page, limit, whole, arrives=arrives, keep_cursor=keep_cursor)

    def ask_page(
        self, cursor: str | None, limit: int, at: int = 0, *, segments: bool = True, wait: int = 0
    ) -> Answer:
        query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        query |= {"segments": "1"} if segments and self.segments else {}
        query |= {"wait": str(wait)} if wait else {}
        return self._wire(at).ask("GET", "/sync/v1/pull", token=self.token, query=query)

    def take(
        self,
        page: dict[str, Any],
        limit: int,
        segments: Sequence[dict[str, Any]] = (),
        *,
        arrives: bool = True,
        keep_cursor: bool = True,
    ) -> bool:
        """Judge a page, and apply it if it arrives; before it the records of its segments."""
        self._judge(page, limit)
        if arrives:
            for change in segments:
                self.held.records[change["s"], change["t"], change["id"]] = (change["r"], change["d"])
            self._apply(page)
            if keep_cursor:
                self.held.cursor = page["cursor"]
        return bool(page["more"])

    def wait_for_news(self, act: Callable[[], None], limit: int, at: int = 0) -> None:
        """A pull that found nothing new and waits, while `act` moves something that this phone may see."""
        self.finish(limit, at)
        before = self._waiting(at)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(self.ask_page, self.held.cursor, limit, at, wait=PATIENT)
            while not asked.done() and self._waiting(at) == before:
                pass
            act()
            answer = asked.result()
        assert answer.status != 204, "live: a pull that waits is not told that something moved"
        self.read(answer, limit, at=at)

    def wait_in_vain(self, at: int = 0) -> None:
        """Nothing moves, and the answer is that of a pull that did not wait."""
        self.finish(200, at)
        answer = self.ask_page(self.held.cursor, 200, at, wait=1)
        assert answer.status in (200, 204), answer.content
        self.read(answer, 200, at=at)
        self.compare()

    def _waiting(self, at: int) -> int:
        """Of lines and pulls that wait at this server."""
        server = self._servers[at % len(self._servers)]
        beside = Wire(server.url)
        try:
            seats = beside.ask("POST", "/toy/seats", json_body={}).json()["seats"]
        finally:
            beside.close()
        return int(seats)

    def _segment(self, named: dict[str, Any], at: int) -> list[dict[str, Any]] | None:
        """Its records, by the address that the page names, with the session or without; None where it is gone."""
        place = self.world.place_of(named["s"])
        assert place in self.world.scopes_of(self.person), "law 5: a segment of a scope the person is not in"
        answer = self._wire(at).ask("GET", named["url"], token=self.token if at else "")
        if answer.status == 404:
            return None
        assert answer.status == 200, answer.content
        assert sha256(answer.content).hexdigest() == named["sha256"], "a segment is not what its name says"
        changes: list[dict[str, Any]] = answer.json()["changes"]
        assert len(changes) == named["n"], "a segment is shorter than the page says, or longer"
        for change in changes:
            assert change["s"] == named["s"], "law 5: a segment holds what is of another scope"
            assert "x" not in change, "law 4: a segment holds a deletion"
            assert change["q"] <= named["q"], "law 2: a segment holds what is younger than itself"
        return changes

    def read_segments(self, at: int = 0) -> None:
        """Each that stands, by its content alone: for members and for nobody else."""
        mine = self.world.scopes_of(self.person)
        for place, scope in self.world.latest.scopes.items():
            if (sha := scope["segment"]) is None:
                continue
            answer = self._wire(at).ask("GET", f"/sync/v1/seg/{sha}", token=self.token)
            assert answer.status == 404 or place in mine, "law 5: a stranger reads a segment"
            assert answer.status in (200, 404), answer.content

    def finish(self, limit: int, at: int = 0) -> None:
        """Send and pull until the server is quiet; then hold exactly what the oracle says."""
        self.send(at=at)
        rows = len(self.world.latest.rows)
        pages, most = 1, 2 * -(-rows // limit) + 6
        while self.page(limit, at=at):
            pages += 1
            assert pages <= most, "law 9: a quiet server does not come to an end"
        self.compare()

    def compare(self) -> None:
        expected = self.world.expected(self.person)
        mine = {scope for scope, _, _ in expected}
        rest = {key for key in self.held.records if key[0] not in mine}
        assert not rest, f"law 6: after leaving and a completed pull something of the scope remains: {rest}"
        assert self.held.records == expected, "law 1: after quiet the store is not what the oracle says"

    def compare_with_a_fresh_copy(self, limit: int) -> None:
        """Law 2, on the wire: whatever was cut and repeated before, a stale copy and its delta are a fresh copy."""
        self.finish(limit)
        mine, self.held = self.held, Held(excused=self._now)
        while self.page(limit):
            pass
        assert self.held.records == mine.records, "law 2: stale copy + delta is not the fresh copy"
        self.held = mine

    # Sending.

    def send(
        self, *, at: int = 0, arrives: bool = True, twice: bool = False, limit: int | None = None
    ) -> None:
        """The outbox; `twice`: two requests at once; `limit`: with the next page in the answer."""
        batch = self.outbox.batch()
        if not batch:
            return None
        body: dict[str, Any] = {"mutations": batch}
        if limit is not None:
            body["pull"] = {"cursor": self.held.cursor, "limit": limit}
        answers = self._push_at_once(body, at) if twice else [self.push(body, at)]
        if any(answer.status == 403 for answer in answers):
            return self._wiped(answers[0])
        if any(answer.status == 410 for answer in answers):
            # What was pushed is pushed; of the page there is none, and of the results neither.
            self._start_over(next(answer for answer in answers if answer.status == 410))
            return self.send_again(at)
        for answer in answers:
            assert answer.status == 200, answer.content
        self.outbox.settle([answer.json()["results"] for answer in answers], arrives=arrives)
        self.world.look()
        if limit is not None:
            self.take(answers[-1].json()["pull"], limit, arrives=arrives)
        return None

    def send_again(self, at: int = 0) -> None:
        """After an answer was lost and nobody knows what had happened."""
        if batch := self.outbox.batch():
            answer = self.push({"mutations": batch}, at)
            assert answer.status == 200, answer.content
            self.outbox.settle([answer.json()["results"]], unknown=True)
            self.world.look()

    def push(self, body: Any, at: int = 0) -> Answer:
        return self._wire(at).ask("POST", "/sync/v1/push", token=self.token, json_body=body)

    def _push_at_once(self, body: Any, at: int) -> list[Answer]:
        """Over two connections, and two processes where there are two."""
        second = Wire(self._servers[(at + 1) % len(self._servers)].url)
        with ThreadPoolExecutor(2) as pool:
            asked = {"token": self.token, "json_body": body}
            both = [
                pool.submit(wire.ask, "POST", "/sync/v1/push", **asked) for wire in (self._wire(at), second)
            ]
            answers = [each.result() for each in both]
        second.close()
        return answers

    # Repair, and being told.

    def repair(self, scope: int) -> None:
        """By the manifest, as a phone does whose sums do not add up. Where it may not look, it must not see."""
        place = self.world.place_of(scope)
        answer = self._wire(0).ask("GET", "/sync/v1/manifest", token=self.token, query={"scope": str(scope)})
        asked = {"scope": scope, "want": [["notes", note] for note in NOTES]}
        told = self._wire(0).ask("POST", "/sync/v1/manifest", token=self.token, json_body=asked)
        if place not in self.world.scopes_of(self.person):
            assert answer.status == told.status == 404, "law 5: a manifest of a scope the person is not in"
            return
        expected = {key: row for key, row in self.world.expected(self.person).items() if key[0] == scope}
        records = sorted((type, id, r) for (_, type, id), (r, _) in expected.items())
        assert sorted(map(tuple, answer.json()["records"])) == records, (
            "law 10: the manifest is not what stands"
        )
        for key in [key for key in self.held.records if key[0] == scope and key not in expected]:
            del self.held.records[key]
        want = [
            [type, id] for type, id, r in records if self.held.records.get((scope, type, id), (0, 0))[0] != r
        ]
        told = self._wire(0).ask(
            "POST", "/sync/v1/manifest", token=self.token, json_body={"scope": scope, "want": want}
        )
        for change in told.json()["changes"]:
            self.held.records[change["s"], change["t"], change["id"]] = (change["r"], change["d"])
        mine = {key: held for key, held in self.held.records.items() if key[0] == scope}
        assert mine == expected, "law 2: a repaired copy is not the fresh copy"

    def hear(self, act: Callable[[], None], at: int = 0) -> dict[int, int]:
        """What a line says that was open while `act` was done."""
        mine = {
            self.world.latest.scopes[p]["id"]
            for p in self.world.scopes_of(self.person)
            if p in self.world.latest.scopes
        }
        with Line(self._servers[at % len(self._servers)].url, self.token) as line:
            act()
            heard = line.poke()
        assert heard.keys() <= mine | {0}, "law 5: a poke names a scope the person is not in"
        return heard

    # What a careful phone does with answers.

    def _wire(self, at: int) -> Wire:
        return self._wires[at % len(self._wires)]

    @property
    def _now(self) -> tuple[int, int]:
        return self.world.floors_raised, self.world.epochs

    def _wiped(self, answer: Answer) -> None:
        assert refused(answer) == "device-revoked"
        assert answer.json()["wipe"] is True
        assert self.device in self.world.revoked, "a device was wiped that nobody revoked"
        self.enrol()

    def _start_over(self, answer: Answer) -> None:
        assert refused(answer) == "resync-required"
        reason, (floors, epochs) = answer.json()["reason"], self.held.excused
        assert self.held.cursor is not None, "law 9: a phone without a cursor is told to start over"
        if reason == "epoch-changed":
            assert self.world.epochs > epochs, "law 9: 410 more than once for one epoch"
        else:
            assert reason == "compacted", f"law 7: a cursor of ours is refused: {reason}"
            assert self.world.floors_raised > floors, "law 9: 410 more than once for one change of floor"
        self.held = Held(excused=self._now)

    def _judge(self, page: dict[str, Any], limit: int) -> None:
        assert len(page["changes"]) <= limit, "a page is longer than was asked for"
        names = [(change["s"], change["t"], change["id"]) for change in page["changes"]]
        assert len(set(names)) == len(names), "a record came twice in one page"
        mine = self.world.scopes_of(self.person)
        before = vector(self.held.cursor)
        for name, change in zip(names, page["changes"], strict=True):
            place, row = self.world.place_of(name[0]), self.world.latest.row(name)
            if change.get("x") == 2:
                assert name[0] in before, "law 5: a removal from a scope the phone does not hold"
                born = row["born"] if row else 0
                assert born <= self.world.left.get((self.person, place), 0), (
                    "law 5: an id leaked that was born after leaving"
                )
                continue
            assert place in mine, "law 5: data of a scope the person is not in"
            assert row is not None, "law 4: what is collected is told"
            if row["gone"]:
                assert change.get("x") == 1, "law 4: a deleted record comes back"
                assert not change.keys() & {"d", "r"}, "what is gone carries an id only"
            else:
                told = (change["q"], change.get("r"), change.get("d"))
                assert told == (row["q"], row["r"], row["d"]), "law 2: a page tells what does not stand"
        self._judge_cursor(before, vector(page["cursor"]))

    @staticmethod
    def _judge_cursor(before: dict[int, int], after: dict[int, int]) -> None:
        for scope in before.keys() & after.keys():
            assert after[scope] >= before[scope], "law 7: a cursor went back"

    def _apply(self, page: dict[str, Any]) -> None:
        for change in page["changes"]:
            key = (change["s"], change["t"], change["id"])
            if "x" in change:
                self.held.records.pop(key, None)
            else:
                self.held.records[key] = (change["r"], change["d"])
        for sums in page.get("check", []):
            revisions = {key: r for key, (r, _) in self.held.records.items() if key[0] == sums["s"]}
            x = 0
            for (_, type, id), r in revisions.items():
                x ^= h64(type, id, r) % 2**64
            assert (sums["n"], sums["x"]) == (len(revisions), f"{x:016x}"), "law 10: the sums do not add up"


def epoch(cursor: str) -> int:
    return int(_opened(cursor)[0])


def vector(cursor: str | None) -> dict[int, int]:
    """{scope: seq} of what a cursor says, read past its signature. Scopes on their way out come with their own."""
    if not cursor:
        return {}
    _, _, _, scopes, leaving = _opened(cursor)
    return {scope: seq for scope, seq, *_ in leaving} | {scope: seq for scope, seq, _ in scopes}


def _opened(cursor: str) -> Any:
    return msgspec.msgpack.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[17:])
