"""What a phone has written and not yet heard of, and what each answer to it must be."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.laws.world import World

Result = dict[str, Any]


@dataclass
class Outbox:
    world: World
    person: str
    device: str
    queue: list[dict[str, Any]] = field(default_factory=list)
    answered: dict[str, str] = field(default_factory=dict)
    """mid → status, of all that the server has ever answered finally, heard or not."""
    sent: list[dict[str, Any]] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def write(self, note: str, v: int | None, base: int | None) -> None:
        """None deletes; `base`: the revision it was written over, where the server is to compare."""
        mutation: dict[str, Any] = {"mid": f"m{next(self._numbers)}", "t": "notes", "id": note}
        if v is None:
            mutation["op"] = "delete"
        else:
            kind, key = self.world.place(note)
            mutation |= {"op": "put", "d": {"v": v, "scope": {"kind": kind, "key": key}}}
        self.queue.append(mutation if base is None else mutation | {"base": base})

    def repeat(self, places: list[int]) -> None:
        """Some of what was answered long ago goes out once more, in front."""
        again = [self.sent[place % len(self.sent)] for place in places if self.sent]
        self.queue = [each for each in again if each not in self.queue] + self.queue

    def batch(self) -> list[dict[str, Any]]:
        return list(self.queue)

    def settle(self, answers: list[list[Result]], *, arrives: bool = True, unknown: bool = False) -> None:
        """`unknown`: an earlier request may have done it all; what is told as a repeat is news to us."""
        revisions = {row["id"]: row["r"] for row in self.world.latest.rows if row["t"] == "notes"}
        for place, mutation in enumerate(self.queue):
            results = [results[place] for results in answers]
            assert all((each["mid"], each["id"]) == (mutation["mid"], mutation["id"]) for each in results)
            self._judge_one(mutation, results, revisions, unknown)
        if arrives:
            final = {mid for each in answers for result in each if (mid := self._final(result))}
            self.sent += [each for each in self.queue if each["mid"] in final and each not in self.sent]
            self.queue = [each for each in self.queue if each["mid"] not in final]

    @staticmethod
    def _final(result: Result) -> str | None:
        return None if result["status"] == "retry" else str(result["mid"])

    def _judge_one(
        self, mutation: dict[str, Any], results: list[Result], revisions: dict[str, int], unknown: bool
    ) -> None:
        mid, final = mutation["mid"], [each for each in results if each["status"] != "retry"]
        first = [each for each in final if not each.get("dup")]
        if mid in self.answered:
            assert not first, "law 8: a mutation answered before is done once more"
        elif final:
            assert unknown or len(first) == 1, "law 8: a mutation is done not exactly once"
            self._count(mutation, (first or final)[0], None if unknown else revisions)
        for each in final:
            assert each["status"] == self.answered[mid], (
                "law 8: a repeat is answered otherwise than the first"
            )
            self._judge_current(mutation, each)

    def _count(self, mutation: dict[str, Any], result: Result, revisions: dict[str, int] | None) -> None:
        if revisions is not None:
            assert self._told(result) in self._expected(mutation, revisions), (
                f"law 3: {mutation} got {result}"
            )
        self.answered[mutation["mid"]] = result["status"]
        if result["status"] == "ok":
            self.world.wrote(mutation["id"], (mutation.get("d") or {}).get("v"))
            self.world.deeds[f"{self.device}.{mutation['mid']}"] += 1

    @staticmethod
    def _told(result: Result) -> str:
        return str(result.get("code", result["status"]))

    def _expected(self, mutation: dict[str, Any], revisions: dict[str, int]) -> set[str]:
        """Rights at arrival; then whether the note is the one that was seen."""
        note, data, world = mutation["id"], mutation.get("d"), self.world
        if world.place(note) not in world.scopes_of(self.person):
            return {"unknown-note"} if data is None else {"not-your-scope"}
        if data is None and note not in world.known:
            return {"unknown-note"}
        same = (data or {}).get("v") == world.truth.get(note)
        if "base" in mutation and not same and mutation["base"] != revisions.get(note, 0):
            return {"conflict"}
        return {"ok"}

    def _judge_current(self, mutation: dict[str, Any], result: Result) -> None:
        if (current := result.get("current")) is None:
            return
        place = self.world.place(mutation["id"])
        assert place in self.world.scopes_of(self.person), "law 5: a result shows what the caller may not see"
        assert current["v"] == self.world.truth.get(mutation["id"]), "law 3: a conflict shows what is not so"
