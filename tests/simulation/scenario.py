"""What happens in a run, drawn from its seed before it begins."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.simulation.process import POINTS
from tests.simulation.towns import DOMAINS, ORIGINS
from tests.simulation.transports import FATES

TOWNS: Final = 24
"""How many towns there are; a seed is played in one of them."""
QUIET_AFTER: Final = 600.0
"""Seconds after which no more trouble begins."""
DAY: Final = 86_400.0
KINDS: Final = ("withdraw", "correct", "move", "stop", "hold", "wish", "read", "read", "stamp", "stamp")
LATE: Final = ("withdraw", "correct", "wish", "read", "stamp")
"""What may also come while the ladder is climbed."""
_STALLS: Final = ("batch in hand", "crossed", "left", "answered")


@dataclass(frozen=True)
class Event:
    at: float
    what: str
    luck: float
    """Whom it hits: a place in whatever there is then, 0 … 1."""


@dataclass(frozen=True)
class Shift:
    """A worker: when it comes, and what ends or halts it."""

    at: float
    doom: tuple[str, int] | None = None
    stall: tuple[str, int, float] | None = None
    latency: float = 0.0
    stopped: float | None = None
    """When it is told to stop, as by SIGTERM."""


@dataclass(frozen=True)
class Scenario:
    seed: int
    town: int
    events: Sequence[Event]
    shifts: Sequence[Shift]
    share: dict[str, float] = field(default_factory=dict)
    fates: Sequence[str] = ()
    clears: float = 0.0
    first: int = 6
    households: int = 4
    climbs: bool = True
    """Whether the run goes on until every ladder has ended, over days; else it ends with the first messages."""


def draw(seed: int) -> Scenario:
    rng = Random(f"scenario {seed}")
    climbs = rng.random() < 0.4
    events = [Event(0.0, "publish", rng.random())]
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        what = rng.choice(("publish", *KINDS))
        late = DAY * 3 if climbs and what in LATE and rng.random() < 0.5 else 0.0
        at = (late or rng.choice((0.01, 0.1, 2, 30, 200))) * rng.random()
        events.append(Event(at, what, rng.random()))
    stormy = rng.random() < 0.7
    lanes = (*DOMAINS, *ORIGINS)
    return Scenario(
        seed=seed,
        town=rng.randrange(TOWNS),
        events=sorted(events, key=lambda event: event.at),
        shifts=_shifts(rng, climbs=climbs),
        share={lane: rng.choice((0.0, 0.1, 0.3)) for lane in lanes} if stormy else {},
        fates=rng.sample(FATES, 3),
        clears=QUIET_AFTER,
        first=rng.randint(3, 9),
        households=rng.randint(2, 6),
        climbs=climbs,
    )


def _shifts(rng: Random, *, climbs: bool) -> list[Shift]:
    """The first from the beginning; often one that is killed and its follower; at times two at once; the last one stays."""
    shifts = []
    at = 0.0
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        shifts.append(_mortal(rng, at))
        at = rng.choice((0.0, 1.0, 20.0)) * rng.random()
    if climbs and rng.random() < 0.5:  # beside the last one, when homes are asked again
        shifts.append(_mortal(rng, rng.choice((120.0, 600.0, DAY, 2 * DAY)) - 1.0))
    return [*shifts, Shift(at, latency=rng.choice((0.0, 0.02)))]


def _mortal(rng: Random, at: float) -> Shift:
    latency, lot = rng.choice((0.0, 0.02, 0.2)), rng.random()
    if lot < 0.6:
        point = rng.choice((*POINTS, "left", "left", "left"))
        most = 60 if point == "statement" else 12 if "be" in point or "commit" in point else 4
        return Shift(at, doom=(point, rng.randint(1, most)), latency=latency)
    if lot < 0.85:
        stall = (rng.choice(_STALLS), rng.randint(1, 4), rng.choice((10.0, 70.0, 300.0)))
        return Shift(at, stall=stall, latency=latency)
    return Shift(at, stopped=at + rng.choice((0.1, 1, 30)) * rng.random(), latency=latency)
