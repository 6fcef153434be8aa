"""What can go wrong between a client and the log. Each has a slug; statuses are the server's business."""

from collections.abc import Mapping
from typing import Literal

Reason = Literal[
    "cursor-invalid", "epoch-changed", "wrong-user", "compacted", "schema-changed", "types-changed"
]


class SyncError(Exception):
    slug: str


class ResyncRequired(SyncError):
    """The cursor cannot be continued: the client starts from nothing, and keeps what it has yet to push."""

    slug = "resync-required"

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Ahead(ResyncRequired):
    """The cursor holds what the log has not got. Either this is a replica that is behind, which is waited for, or
    a restore took the log back: see `epochs.lost`, which tells the two apart.

    `held`: {scope: seq} of what was not found.
    """

    def __init__(self, held: Mapping[int, int]) -> None:
        super().__init__("epoch-changed")
        self.held = dict(held)


class CursorMalformed(SyncError):
    """Not something that was ever a cursor: a mistake in the client, which a resync would not mend."""

    slug = "cursor-malformed"


class Malformed(SyncError):
    """A push that cannot be read. The message says where, and repeats nothing of the data."""

    slug = "malformed"


class Unjournalled(SyncError):
    """Our own mistake: a synced model was changed, and no client would ever have heard of it."""

    slug = "unjournalled"
