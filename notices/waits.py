"""PURE: how long a message waits for its next attempt, and how often it may be tried.

Sources: RFC 5321 §4.5.4.1 (retry for 4–5 days), RFC 8030 §8.4 (back off as Retry-After says).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Ladder:
    """Waits after the 1st, 2nd … attempt; the last one repeats until `attempts` are used up."""

    waits: tuple[timedelta, ...]
    attempts: int

    def wait(self, attempt: int) -> timedelta:
        return self.waits[min(max(attempt, 1), len(self.waits)) - 1]


def _minutes(*values: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=value) for value in values)


# 1+5+15+30 minutes and 95 hours: the last attempt falls just inside four days.
PATIENT: Final = Ladder(_minutes(1, 5, 15, 30, 60), 100)
# Every five minutes for a day: what an emergency says is stale tomorrow.
_EMERGENCY = Ladder(_minutes(0.5, 1, 2, 5), 290)
# A push is worth little when it is late, and the phone learns all by sync: five tries within the hour.
_PUSH = Ladder(_minutes(1, 5, 15, 30), 5)
_PUSH_EMERGENCY = Ladder(_minutes(0.5, 1, 2, 5), 5)

# LINE knows a repeated message for 24 hours (retry key), so the last attempt falls inside them, jitter and all.
_LINE = Ladder(_minutes(1, 5, 15, 30, 60), 20)
_LINE_EMERGENCY = Ladder(_minutes(0.5, 1, 2, 5), 200)

LADDERS: Final[Mapping[tuple[str, bool], Ladder]] = {
    ("mail", False): PATIENT,
    ("mail", True): _EMERGENCY,
    ("push", False): _PUSH,
    ("push", True): _PUSH_EMERGENCY,
    ("line", False): _LINE,
    ("line", True): _LINE_EMERGENCY,
}
"""By channel, and whether it is an emergency."""

LANE_PAUSE: Final = timedelta(seconds=60)
LONGEST_PAUSE: Final = timedelta(hours=2)
"""Of a destination; one that lies further ahead was written by a machine whose clock is wrong, and is none."""
UNKNOWN_WAIT: Final = timedelta(minutes=10)
UNKNOWN_WAIT_EMERGENCY: Final = timedelta(seconds=60)
JITTER: Final = 0.25


def spread(wait: timedelta, rng: Random) -> timedelta:
    """`wait` and up to a quarter more: only ever longer, for what a provider asked for is a floor."""
    return wait * (1 + JITTER * rng.random())
