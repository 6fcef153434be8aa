"""PURE: when a message may leave for one person: their quiet hours and digests. Times of day are Tokyo's.

An emergency heeds neither. What is urgent is not bundled, and waits for the end of the quiet hours unless the notice
ends before it. What is ordinary heeds both, but a digest never holds it beyond the evening before it ends.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from notices.tokyo import TOKYO, midnight, today

DAY: Final = timedelta(days=1)
MARGIN: Final = timedelta(hours=1)
"""What is urgent and ends so soon after the quiet hours is sent into them."""
EVENING: Final = timedelta(hours=6)
"""Before midnight."""


class Wishes(NamedTuple):
    """Of a person, as planning reads them: minutes of the day, hours, a day of the week (0 is Monday)."""

    quiet_from: int | None = None
    quiet_to: int | None = None
    digest: str = "now"
    digest_hour: int = 18
    digest_day: int = 4


class Slot(NamedTuple):
    """When it leaves, and whether it goes out with others."""

    at: datetime
    digest: bool = False


@lru_cache(maxsize=4096)
def slot(wishes: Wishes, urgency: str, now: datetime, ends: datetime | None, *, may_bundle: bool) -> Slot:
    """`ends`: the notice's deadline or expiry, whichever is first. `may_bundle`: a first message, no repeated one."""
    if urgency == "emergency":
        return Slot(now)
    awake = out_of_quiet(wishes, now)
    if urgency == "urgent":
        return Slot(now if ends is not None and ends < awake + MARGIN else awake)
    if may_bundle and wishes.digest in ("daily", "weekly"):
        at = out_of_quiet(wishes, next_digest(wishes, now))
        if ends is None or at <= midnight(today(ends)) - EVENING:
            return Slot(at, digest=True)
    return Slot(awake)


def out_of_quiet(wishes: Wishes, at: datetime) -> datetime:
    """`at`, or the end of the quiet hours it lies in."""
    begins, ends = wishes.quiet_from, wishes.quiet_to
    if begins is None or ends is None or begins == ends:
        return at
    local = at.astimezone(TOKYO)
    minute = local.hour * 60 + local.minute
    quiet = begins <= minute < ends if begins < ends else minute >= begins or minute < ends
    if not quiet:
        return at
    day = midnight(today(at))
    return day + timedelta(minutes=ends) + (DAY if minute >= ends else timedelta())


def next_digest(wishes: Wishes, now: datetime) -> datetime:
    """The next time, after now, at which this person's bundle goes out."""
    at = midnight(today(now)) + timedelta(hours=wishes.digest_hour)
    if wishes.digest == "weekly":
        at += DAY * ((wishes.digest_day - today(now).weekday()) % 7)
    if at <= now:
        at += DAY * (7 if wishes.digest == "weekly" else 1)
    return at
