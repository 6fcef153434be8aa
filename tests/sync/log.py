"""The log of `sync_rec` in memory, for laws that are tested a thousand times over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from sync.delta import Asking, Changed, Departed, Draft, Head, Row
from sync.journal import h64

TYPE = "notes"


@dataclass
class Scope:
    id: int
    head: int = 0
    floor: int = 0
    rows: dict[str, Row] = field(default_factory=dict)
    born: dict[str, int] = field(default_factory=dict)

    def put(self, id: str, value: object) -> None:
        """None deletes."""
        old = self.rows.get(id)
        if value is None and (old is None or old.body is None):
            return
        self.head += 1
        self.born.setdefault(id, self.head)
        body = None if value is None else msgspec.json.encode({"v": value})
        self.rows[id] = Row(TYPE, id, self.head, old.rev + 1 if old else 1, body)

    def collect(self, floor: int) -> None:
        self.floor = max(self.floor, floor)
        for id, row in list(self.rows.items()):
            if row.body is None and row.seq <= self.floor:
                del self.rows[id], self.born[id]

    def standing(self) -> Head:
        x = 0
        for row in self.live():
            x ^= h64(TYPE, row.id, row.rev)
        return Head(self.id, self.head, self.floor, len(self.live()), x)

    def live(self) -> list[Row]:
        return [row for row in self.rows.values() if row.body is not None]


@dataclass
class Log:
    scopes: dict[int, Scope]

    def heads(self) -> dict[int, Head]:
        return {id: scope.standing() for id, scope in self.scopes.items() if scope.head}

    def answer(self, page: Asking) -> Draft:
        try:
            question = next(page)
            while True:
                question = page.send(self._rows(question))
        except StopIteration as end:
            draft: Draft = end.value
            return draft

    def _rows(self, question: Changed | Departed) -> Sequence[Row]:
        scope = self.scopes[question.scope]
        if isinstance(question, Changed):
            held = question.held
            rows = [
                row
                for row in scope.rows.values()
                if row.seq > held.seq and (row.body is not None or row.seq > held.snap)
            ]
            return sorted(rows, key=lambda row: row.seq)[: question.limit]
        rows = [row for row in scope.rows.values() if scope.born[row.id] <= question.upto]
        rows = [row for row in rows if question.after is None or (row.type, row.id) > question.after]
        return sorted(rows, key=lambda row: (row.type, row.id))[: question.limit]
