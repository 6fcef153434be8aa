"""A PRESS IS READ BY OUR CLOCK here: a phone's own may be an hour slow, or stand in 1970 since its battery was empty.

A push says what its phone's clock shows as it leaves, so how far that clock is before ours is known, and every press of
that push is put right by it. A minute does not count: so long a slow line may take. docs/decisions/0060.
"""

from datetime import datetime, timedelta
from typing import Final

from notices.errors import DateUnreadable
from notices.publishing.compose import of_any_year

TOLERANCE: Final = timedelta(minutes=1)
EPOCH: Final = 1970
"""The year of a clock that nobody has set."""


def shown(text: str) -> datetime:
    """Raises ValueError, TypeError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant has its offset")
    return at


def ahead(shown: datetime, now: datetime) -> timedelta:
    """How far the clock that showed `shown` is before ours, which is `now`; behind it, less than nothing."""
    found = shown - now
    return found if abs(found) > TOLERANCE else timedelta()


def ahead_at_least(signed: datetime, now: datetime) -> timedelta:
    """Of the clock that signed a bundle, which may have been on its way for days: only that it is ahead can be known."""
    return max(ahead(signed, now), timedelta())


def ours(at: str, ahead: timedelta, now: datetime) -> datetime:
    """When by our clock it was `at` by one that is `ahead`: also of what is yet to come. Raises DateUnreadable."""
    shown = of_any_year(at, "at")
    try:
        found = shown - ahead
    except OverflowError:
        raise DateUnreadable(field="at") from None
    if EPOCH <= found.year < 2000:
        return now
    if not 2000 <= found.year <= 2200:
        raise DateUnreadable(field="at")
    return found
