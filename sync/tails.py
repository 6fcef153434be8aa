"""The newest records of the scopes that are asked for most, spliced and in memory.

All members of a scope read the same bytes: after a publication the log is read once, and not by each phone. A tail
holds every row of its scope above `after`, as of one head. When the head has moved, what lies above the old one is
read and laid on top, and what moved is taken from below; so it never mixes two states. Whatever a head tells and
that cannot come by this (a floor that rose, a head that fell) ends the tail.

Sealed records are never kept here: in memory they would lie open.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from sync.delta import Changed, Head, Row, splice

MOST = 256
"""Rows of one tail."""
MOST_BYTES = 128 * 1024
"""Of one tail."""
ALL_BYTES = 64 * 1024 * 1024
"""Of all tails of a process; the ones nobody has asked for longest go first."""
_ROW = 300
"""Bytes that a row costs beside its text, roughly."""


@dataclass(frozen=True, slots=True)
class Tail:
    """`rows`, by seq: all of the scope with seq > `after`, as of `head`."""

    head: Head
    after: int
    rows: Sequence[Row]
    seqs: Sequence[int]
    size: int
    joined: bytes
    """The entries of all rows, as a page has them."""
    starts: Sequence[int]
    """Where in `joined` each row begins, and where one more would."""

    def since(self, asked: Changed) -> Sequence[Row]:
        """Only where `asked.held.seq` is at or above `after`."""
        held = asked.held
        rest = self.rows[bisect_right(self.seqs, held.seq) :]
        if held.snap:
            rest = [row for row in rest if row.body is not None or row.seq > held.snap]
        return rest[: asked.limit]

    def above(self, seq: int) -> tuple[int, bytes]:
        """How many rows there are with a higher seq, and their entries. Only where `seq` is at or above `after`."""
        first = bisect_right(self.seqs, seq)
        return len(self.seqs) - first, self.joined[self.starts[first] :]


def tail(head: Head, after: int, rows: Sequence[Row]) -> Tail:
    """Of all rows above `after`, the newest that find room."""
    kept: list[Row] = []
    size = 0
    for row in reversed(rows):
        wire = row.wire or splice(head.id, row)
        size += 3 * len(wire) + _ROW
        if len(kept) == MOST or size > MOST_BYTES:
            after = row.seq
            break
        kept.append(row if row.wire else replace(row, wire=wire))
    kept.reverse()
    starts = [0, *accumulate(len(row.wire) + 1 for row in kept)]
    return Tail(
        head, after, kept, [row.seq for row in kept], size, b",".join(row.wire for row in kept), starts
    )


def grown(old: Tail, head: Head, newer: Sequence[Row]) -> Tail:
    """`newer`: all rows of the scope above `old.head`, as of `head`."""
    moved = {(row.type, row.id) for row in newer}
    stayed = [row for row in old.rows if (row.type, row.id) not in moved]
    return tail(head, old.after, [*stayed, *newer])


class Tails:
    """Of one process. A new epoch begins with none: a log that was taken back may come to the same head again."""

    def __init__(self, most: int = ALL_BYTES) -> None:
        self._most = most
        self._tails: OrderedDict[tuple[str, int, int], Tail] = OrderedDict()
        self._size = 0

    def find(self, tenant: str, epoch: int, scope: int) -> Tail | None:
        if (found := self._tails.get((tenant, epoch, scope))) is not None:
            self._tails.move_to_end((tenant, epoch, scope))
        return found

    def put(self, tenant: str, epoch: int, scope: int, made: Tail | None) -> None:
        """None forgets it."""
        if (old := self._tails.pop((tenant, epoch, scope), None)) is not None:
            self._size -= old.size
        if made is None:
            return
        self._tails[tenant, epoch, scope] = made
        self._size += made.size
        while self._size > self._most:
            _, oldest = self._tails.popitem(last=False)
            self._size -= oldest.size

    def forget(self) -> None:
        self._tails.clear()
        self._size = 0

    @property
    def size(self) -> int:
        return self._size


def follows(old: Head, new: Head) -> bool:
    """Whether a tail of `old` can be brought to `new` by reading on."""
    return new.head > old.head and new.floor == old.floor
