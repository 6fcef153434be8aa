"""PURE: what the row of a canary means at a moment."""

from datetime import datetime, timedelta
from typing import Final, Literal

from notices.models import Canary

PERIOD: Final = timedelta(minutes=5)
AGAIN: Final = timedelta(minutes=2)
"""Until the next round, where the newest has not arrived: a message may be lost, or its worker die."""
RED: Final = timedelta(minutes=10)
"""Not seen for so long, and the channel does not work: three in a row are lost."""

State = Literal["well", "waiting", "red", "unwatched"]
"""`waiting`: watched, but not for long enough to tell. `unwatched`: nobody makes rounds; no worker runs, or it is stuck."""


def state_of(row: Canary | None, now: datetime) -> State:
    if row is None or row.left_at is None or now - row.left_at > RED:
        return "unwatched"
    if now - silent_since(row) >= RED:
        return "red"
    return "well" if row.seen_at is not None and row.seen_at >= row.since else "waiting"


def silent_since(row: Canary) -> datetime:
    """The last arrival, or the beginning of the watch: what was not sent could not arrive."""
    return max(row.seen_at or row.since, row.since)


def age(row: Canary | None, now: datetime) -> timedelta | None:
    """Since one was last seen; where none ever was, since the watch began."""
    return None if row is None else max(now - (row.seen_at or row.since), timedelta(0))
