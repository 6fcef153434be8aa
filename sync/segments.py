"""A segment is a snapshot of a scope in one immutable piece of bytes, kept by content outside the database.

A client that is new to a large scope and says it takes segments is named one instead of a hundred pages:

    "segments":[{"s":7,"q":800,"n":5000,"sha256":"…","url":"…"}]     on a page
    {"changes":[ …as on a page… ]}                                    the segment

It holds what lived at or below `q` when it was read, and no deletions. The page's cursor stands at `q` or beyond:
whatever was moved or deleted since lies above it, and follows as in any delta. So a segment need not be read in
one snapshot: a record that moves meanwhile is missing from it, and comes later.

It is usable while `floor ≤ q`: no deletion above `q` has been collected. One that holds something deleted is made
anew within a day, or withdrawn, as deleted text must not lie about. A scope that holds a sealed record gets none, and
which kinds of scopes may have one is for the owner to say: the same bytes go to everyone who is in it. How they
are made: `snapshots`.
"""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST = 500
"""Records. Below, one page or three do as well."""


@dataclass(frozen=True, slots=True)
class Segment:
    scope: int
    seq: int
    n: int
    sha256: str
