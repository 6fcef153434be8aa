"""A segment is a snapshot of a scope in one immutable piece of bytes, kept by content outside the database.

A client that is new to a large scope and says it takes segments is named one instead of a hundred pages:

    "segments":[{"s":7,"q":800,"n":5000,"sha256":"…","url":"…"}]     on a page
    {"changes":[ …as on a page… ]}                                    the segment

It holds what lived at or below `q` when it was read, and no deletions. The page's cursor stands at `q` or beyond:
whatever was moved or deleted since lies above it, and follows as in any delta. So a segment need not be read in
one snapshot: a record that moves meanwhile is missing from it, and comes later.

It is usable while `floor ≤ q`: no deletion above `q` has been collected. One that holds something deleted is made
anew within a day, as deleted text must not lie about. A scope that holds a sealed record never has a segment, and
which kinds of scopes may have one is for the owner to say: the same bytes go to everyone who is in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, cast

from sqlalchemy import Table, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from sync.models import SyncScope, SyncSegment

SMALLEST = 500
"""Records. Below, one page or three do as well."""

_scope, _segment = cast(Table, SyncScope.__table__), cast(Table, SyncSegment.__table__)


@dataclass(frozen=True, slots=True)
class Segment:
    scope: int
    seq: int
    n: int
    sha256: str


class Standing(Protocol):
    """A scope as it stands (`delta.Head`)."""

    @property
    def id(self) -> int: ...
    @property
    def floor(self) -> int: ...
    @property
    def head(self) -> int: ...


async def usable(session: AsyncSession, tenant: str, scopes: Iterable[Standing]) -> dict[int, Segment]:
    """The present segments of these scopes that a client may begin with, by scope."""
    heads = {scope.id: scope for scope in scopes}
    s, g = _scope.c, _segment.c
    present = and_(g.tenant == s.tenant, g.sha == s.seg_sha)
    statement = select(s.id, g.seq, g.n, g.sha).join_from(_scope, _segment, present)
    rows = await session.execute(statement.where(s.tenant == tenant, s.id.in_(sorted(heads))))
    found = {id: Segment(id, seq, n, sha.hex()) for id, seq, n, sha in rows}
    return {id: segment for id, segment in found.items() if heads[id].floor <= segment.seq <= heads[id].head}
