"""How a page is computed from what a client holds and what it may see now. Pure: rows in, records out.

`reconcile` lays the cursor beside the membership. A scope in both goes on; one no longer in the membership is
leaving; a leaving one that was granted again before anything was removed goes on as if nothing had happened.

`compute` then fills one page: first what must go, by (type, id), everything born while the client could see it
and nothing born later; then the scopes in the order of delivery, each by seq, a new one as a snapshot. It asks
for rows as it needs them (it is a generator: send it the rows it asks for) and returns a draft.

The laws: a stale copy and its delta make a fresh copy, wherever it was cut. After leaving and one completed
pull nothing of the scope remains. A cursor goes back only through ResyncRequired.

A scope that is new to the client may begin with a segment (`segments`): the page names it instead of the records
it holds, and goes on behind it. What it still holds and was changed or deleted since follows in the page itself,
so a client stores the segment's records first, then the page's, then the cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from sync.cursor import Leaving, Position, Vector
from sync.errors import Ahead, ResyncRequired
from sync.segments import Segment

MAX_BYTES = 500 * 1024
"""Of records; cursor, sums and brackets have the rest of the 512 KiB of an answer."""


@dataclass(frozen=True, slots=True)
class Head:
    """A scope as it stands."""

    id: int
    head: int
    floor: int
    live_n: int
    live_x: int


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it stands; `body`: the bytes of `d`, None for a deletion; `wire`: those of the entry, once spliced."""

    type: str
    id: str
    seq: int
    rev: int
    body: bytes | None
    wire: bytes = b""


@dataclass(frozen=True, slots=True)
class Changed:
    """Asks for rows with seq > `held.seq`, by seq, but for deletions at or below `held.snap`."""

    scope: int
    held: Position
    limit: int


@dataclass(frozen=True, slots=True)
class Departed:
    """Asks for rows, deletions too, with born ≤ `upto` and (type, id) > `after`, by (type, id)."""

    scope: int
    upto: int
    after: tuple[str, str] | None
    limit: int


Asking = Generator[Changed | Departed, Sequence[Row], "Draft"]


class Draft(msgspec.Struct, frozen=True):
    vector: Vector
    records: list[bytes]
    """One or more in each, with commas between."""
    more: bool
    completed: list[Head] = []
    """The scopes that this page brought to their head."""
    segments: list[Segment] = []
    """What the client must store before the records."""


class _Sheet:
    """One page being filled."""

    def __init__(self, limit: int, max_bytes: int) -> None:
        self.records: list[bytes] = []
        self._limit = limit
        self._bytes = max_bytes

    @property
    def ask(self) -> int:
        """One more than fits, so that a full page knows whether it is the last."""
        return self._limit - len(self.records) + 1

    def take(self, record: bytes) -> bool:
        """False if the record must wait for the next page. The first always fits: there must be progress."""
        if self.records and (len(self.records) == self._limit or len(record) > self._bytes):
            return False
        self.records.append(record)
        self._bytes -= len(record) + 1
        return True


def reconcile(held: Vector, members: Sequence[int], heads: Mapping[int, Head]) -> Vector:
    """`heads`: the scopes of the membership and of the vector. Raises Ahead, ResyncRequired."""
    _insist_on_log(held, heads)
    scopes: dict[int, Position] = {}
    leaving: dict[int, Leaving] = {}
    for scope, at in held.scopes.items():
        _insist_on_floor(at, heads[scope])
        if scope in members and scope not in held.leaving:
            scopes[scope] = at
        else:
            leaving[scope] = Leaving(at)
    for scope, gone in held.leaving.items():
        _insist_on_floor(gone.held, heads[scope])
        if scope in members and gone.after is None:
            scopes[scope] = gone.held
        else:
            leaving[scope] = gone
    return Vector(scopes, leaving)


def _insist_on_floor(at: Position, head: Head) -> None:
    if head.floor > at.safe:
        raise ResyncRequired("compacted")


def _insist_on_log(held: Vector, heads: Mapping[int, Head]) -> None:
    """Nobody but this server writes cursors, so one that is ahead tells of a log that was longer."""
    positions = {scope: gone.held for scope, gone in held.leaving.items()} | held.scopes
    if ahead := {s: at.safe for s, at in positions.items() if s not in heads or at.safe > heads[s].head}:
        raise Ahead(ahead)


def compute(
    held: Vector,
    members: Sequence[Head],
    limit: int,
    max_bytes: int = MAX_BYTES,
    segments: Mapping[int, Segment] | None = None,
) -> Asking:
    """`held` comes from `reconcile`; `members` in the order of delivery; `segments`: usable ones, by scope."""
    sheet, vector = _Sheet(limit, max_bytes), Vector(dict(held.scopes), dict(held.leaving))
    removed = set()
    for scope in sorted(held.leaving):
        so_far = len(sheet.records)
        rest = yield from _removals(scope, held.leaving[scope], sheet)
        if rest is not None:
            vector.leaving[scope] = rest
            return Draft(vector, sheet.records, more=True)
        del vector.leaving[scope]
        if len(sheet.records) > so_far:
            removed.add(scope)
    completed: list[Head] = []
    named: list[Segment] = []
    for head in members:
        if head.id in removed:
            # Granted again while its removal was under way. Its snapshot begins on the next page: an id that
            # goes and comes within one page is read as either by one client or another.
            continue
        before = held.scopes.get(head.id)
        start = before or Position(0, head.head)
        if before is None and segments and (segment := segments.get(head.id)):
            named.append(segment)
            start = Position(segment.seq)
        now = start if _at_end(start, head) else (yield from _changes(head, start, sheet))
        if now.seq:
            vector.scopes[head.id] = now
        if not _at_end(now, head):
            return Draft(vector, sheet.records, more=True, completed=completed, segments=named)
        if now != before:
            completed.append(head)
    again = any(head.id in removed for head in members)
    return Draft(vector, sheet.records, again, completed, named)


def _at_end(at: Position, head: Head) -> bool:
    return at.seq == head.head and not at.snap


def _removals(
    scope: int, gone: Leaving, sheet: _Sheet
) -> Generator[Changed | Departed, Sequence[Row], Leaving | None]:
    """What is left to remove; None when nothing is."""
    rows = yield Departed(scope, gone.held.seq, gone.after, sheet.ask)
    after = gone.after
    for row in rows:
        if not sheet.take(b'{"t":"%b","id":"%b","s":%d,"x":2}' % (row.type.encode(), row.id.encode(), scope)):
            return Leaving(gone.held, after)
        after = (row.type, row.id)
    return None


def _changes(
    head: Head, held: Position, sheet: _Sheet
) -> Generator[Changed | Departed, Sequence[Row], Position]:
    """How far the page brings this scope; `Position(head)` when to its end."""
    rows = yield Changed(head.id, held, sheet.ask)
    seq = held.seq
    for row in rows:
        if not sheet.take(row.wire or splice(head.id, row)):
            return Position(seq, held.snap)
        seq = row.seq
    return Position(head.head)


def splice(scope: int, row: Row) -> bytes:
    """The bytes of the body were made when it was written, and are not parsed again."""
    start = b'{"t":"%b","id":"%b","s":%d,"q":%d' % (row.type.encode(), row.id.encode(), scope, row.seq)
    if row.body is None:
        return start + b',"x":1}'
    return start + b',"r":%d,"d":%b}' % (row.rev, row.body)


Address = Callable[[Segment], str]
"""Where a segment can be had, for a while, by whoever is told so."""


def render(draft: Draft, cursor: str, now: datetime, *, check: bool, address: Address | None = None) -> bytes:
    """The answer's JSON. `check`: say what the scopes that it completes must add up to. `address` is needed where
    the draft names segments."""
    sums = b",".join(
        b'{"s":%d,"q":%d,"n":%d,"x":"%016x"}' % (head.id, head.head, head.live_n, head.live_x % 2**64)
        for head in draft.completed
    )
    return b'{%b"changes":[%b],"more":%b,"cursor":"%b","serverTime":"%b"%b}' % (
        _named(draft.segments, address) if address and draft.segments else b"",
        b",".join(draft.records),
        b"true" if draft.more else b"false",
        cursor.encode(),
        now.isoformat(timespec="milliseconds").encode(),
        b',"check":[%b]' % sums if check and (sums or not draft.more) else b"",
    )


def _named(segments: Sequence[Segment], address: Address) -> bytes:
    named = [
        {"s": each.scope, "q": each.seq, "n": each.n, "sha256": each.sha256, "url": address(each)}
        for each in segments
    ]
    return b'"segments":%b,' % msgspec.json.encode(named)
