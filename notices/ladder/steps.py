"""PURE: the ladder. Which step follows which, how long after the message went out, and what ends it.

The first message goes by the first channel a person has, an emergency and an exercise by all of them. What follows is for
homes without proof. A step that nobody of a home can be reached by takes no time: the next one keeps its own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from notices.alarm.kinds import EXERCISE
from notices.tokyo import midnight, today

FIRST: Final = "first"
DOOR: Final = "door"
RESIDUAL: Final = "residual"
EVE: Final = "eve"
MORNING: Final = "morning"
CHANNELS: Final = ("push", "mail", "line")
"""In the order of the ladder: a person's first one carries the first message, and reminders."""
BY_CHANNEL: Final[Mapping[str, str]] = {"push-again": "push", "mail": "mail", "line": "line"}
AFTER_CHANNEL: Final[Mapping[str, str]] = {"push": "mail", "mail": "line"}
"""Where a first message failed for good, its home is taken at this step without waiting."""
REMINDERS: Final[Mapping[str, timedelta]] = {EVE: timedelta(hours=-6), MORNING: timedelta(hours=7)}
"""From the midnight at which the day of the deadline begins: 18:00 of the day before, 7:00 of the day itself."""
TOO_SOON: Final = timedelta(hours=6)
"""A reminder so soon after the message would only say it twice."""


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    after: timedelta
    """Since the first message."""


def _steps(unit: str, **after: float) -> Sequence[Step]:
    return tuple(Step(name.replace("_", "-"), timedelta(**{unit: amount})) for name, amount in after.items())


LADDERS: Final[Mapping[tuple[str, bool], Sequence[Step]]] = {
    ("ordinary", True): _steps("days", push_again=1, mail=2, line=3, door=5, residual=9),
    # News that asks for nothing is not worth a walk: the paper homes have theirs, and phones learn it by sync.
    ("ordinary", False): _steps("days", push_again=1, mail=2, line=3),
    ("urgent", True): _steps("minutes", push_again=10, mail=20, line=30, door=60, residual=180),
    ("urgent", False): _steps("minutes", push_again=10, mail=20, line=30, door=60, residual=180),
    # Everything left at once; one more push, and then people go.
    ("emergency", True): _steps("minutes", push_again=2, door=5, residual=20),
    ("emergency", False): _steps("minutes", push_again=2, door=5, residual=20),
}
"""By urgency, and whether the notice asks every household for a word."""


def asks(kind: str) -> bool:
    """Whether a person must say something (stamp, answer, visit); elsewhere a device's acknowledgement is the proof."""
    return kind != "notice"


def ladder(urgency: str, kind: str) -> Sequence[Step]:
    return LADDERS.get((urgency, asks(kind)), LADDERS["ordinary", asks(kind)])


def first_after(urgency: str, kind: str) -> timedelta:
    """When homes without proof are first looked for."""
    return ladder(urgency, kind)[0].after


def first_step(urgency: str, kind: str) -> str:
    return ladder(urgency, kind)[0].name


@dataclass(frozen=True, slots=True)
class Taken:
    """`do`: the step to take now, if any; `then`: the one after it, due `at`."""

    do: str | None
    then: str | None = None
    at: datetime | None = None


def taken(
    urgency: str, kind: str, step: str, now: datetime, possible: Collection[str], *, reachable: bool = True
) -> Taken:
    """What is done for a home whose `step` is due, and what then.

    `possible`: the channel steps that would tell somebody of the home something. A home that is not `reachable` by any
    channel goes to the door at once. Waits count from now: a worker that was away does not hurry afterwards.
    """
    steps = ladder(urgency, kind)
    place = next((n for n, each in enumerate(steps) if each.name == step), len(steps))
    rest = [each for each in steps[place:] if each.name in possible or each.name in (DOOR, RESIDUAL)]
    if not rest:
        return Taken(None)
    if reachable and rest[0].name != step:
        return Taken(None, rest[0].name, now + rest[0].after - steps[place].after)
    if len(rest) == 1:
        return Taken(rest[0].name)
    return Taken(rest[0].name, rest[1].name, now + rest[1].after - rest[0].after)


def first_channels(urgency: str, channels: Collection[str], kind: str = "notice") -> Collection[str]:
    """By which of their live channels a person hears first. An exercise tries all that an emergency would use."""
    if urgency == "emergency" or kind == EXERCISE:
        return set(channels)
    return {min(channels, key=_rank)} if channels else set()


def _rank(channel: str) -> int:
    return CHANNELS.index(channel) if channel in CHANNELS else len(CHANNELS)


def reminders(deadline: datetime | None, now: datetime) -> Mapping[str, datetime]:
    """When homes without proof are reminded of a deadline; none that would come right after the message."""
    if deadline is None:
        return {}
    day = midnight(today(deadline))
    times = {name: day + after for name, after in REMINDERS.items()}
    return {name: at for name, at in times.items() if now + TOO_SOON <= at < deadline}
