"""The page of a client that is nearly up to date, from the tails alone: nearly every page there is.

It holds every scope it is in, and no other, without gaps; what is new of them is in memory and finds room. Then
nothing needs to be asked and nothing to be decided. For all others there is `delta`, which gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync.cursor import Position, Vector
from sync.delta import MAX_BYTES, Draft, Head
from sync.log import Standing
from sync.tails import Tails


def moved(held: Vector, members: Sequence[Head]) -> list[Head] | None:
    """The scopes with news for a client that holds just these; None for any other client."""
    if held.leaving or len(held.scopes) != len(members):
        return None
    news = []
    for head in members:
        at = held.scopes.get(head.id)
        if at is None or at.snap:
            return None
        if at.seq != head.head:
            if not head.floor <= at.seq < head.head:
                return None
            news.append(head)
    return news


def draft(
    tails: Tails, tenant: str, known: Standing, held: Vector, news: list[Head], limit: int
) -> Draft | None:
    """All that is new; None where that is not in memory, or too much. `news` comes from `moved`."""
    runs: list[bytes] = []
    room = MAX_BYTES
    for head in news:
        tail = tails.find(tenant, known.epoch, head.id)
        after = held.scopes[head.id].seq
        if tail is None or after < tail.after or tail.head != head:
            return None
        count, run = tail.above(after)
        limit -= count
        room -= len(run) + 1
        if limit < 0 or room < 0:
            return None
        if count:
            runs.append(run)
    ends = Vector({head.id: Position(head.head) for head in known.heads})
    return Draft(ends, runs, more=False, completed=news)
