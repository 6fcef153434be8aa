"""PURE: what a channel may answer, and what becomes of the message.

A channel answers each message in our words (`Sent` … `Unknown`); `next_state` looks it up in ONE table.
A pair that is not in the table is a repeat or a straggler, and changes nothing, by design.
Sources: RFC 5321 §4.5.4.1 (retry for 4–5 days), RFC 8030 §8.4 (back off as Retry-After says).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final, Literal

from notices.reasons import REASONS as REASONS

State = Literal["due", "sending", "sent", "later", "failed", "gone", "skipped", "unknown", "quarantined"]
Event = Literal[
    "release", "sent", "later", "exhausted", "gone", "refused", "skipped",
    "unknown", "unknown-again", "crashed", "crashed-often",
]  # fmt: skip

TERMINAL: Final[frozenset[State]] = frozenset({"sent", "failed", "gone", "skipped", "unknown", "quarantined"})


@dataclass(frozen=True, slots=True)
class Sent:
    """The next server took responsibility for it. It says nothing about a reader."""

    code: int


@dataclass(frozen=True, slots=True)
class Later:
    """Not taken now. `after`: the least wait asked for; `whole_lane`: the destination rests too."""

    code: int | None
    reason: str
    after: timedelta | None = None
    whole_lane: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """The address itself is dead: nothing will ever reach it. For mail it counts as one hard failure."""

    code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """This message was refused for good; the address may be well."""

    code: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The ambiguous point was crossed and no answer came: a copy may have arrived."""

    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """We chose not to send it, and say why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Crashed:
    """The lease ended with nothing recorded, or rendering raised.

    `crossed`: `crossing_at` was already committed, so it may have been delivered.
    `crashes` counts the crashes of this message including this one, where the ledger keeps that count.
    """

    crossed: bool = False
    crashes: int | None = None
    reason: str = "crashed"


@dataclass(frozen=True, slots=True)
class Released:
    """A worker that stops had not begun it."""

    reason: str = ""


Outcome = Sent | Later | Gone | Refused | Unknown | Skipped | Crashed | Released


@dataclass(frozen=True, slots=True)
class Transition:
    """What to write: `due_at` is set exactly when `state` is `due` or `later` and `changed` is true."""

    state: State
    due_at: datetime | None
    reason: str
    changed: bool = True


# Of a message in a worker's hands. How it gets there (claim) and how what waits is called off (plan.stop) are
# single statements over many rows, each beside its reason.
TRANSITIONS: Final[Mapping[tuple[State, Event], tuple[State, str]]] = {
    ("sending", "release"): (
        "due",
        "The worker is stopping and had not begun it: the next one takes it at once.",
    ),
    ("sending", "sent"): ("sent", "The next server took responsibility; that is all we can know."),
    ("sending", "later"): (
        "later",
        "A passing trouble: it waits longer each time, with jitter, so a herd spreads.",
    ),
    ("sending", "exhausted"): (
        "failed",
        "The trouble did not pass in all the time we allow; the ledger says so.",
    ),
    ("sending", "gone"): ("gone", "The address is dead; other channels of the person are the way now."),
    ("sending", "refused"): ("failed", "Refused for good; sending the same again would be refused again."),
    ("sending", "skipped"): ("skipped", "Looked at again at the moment of sending: no longer to be sent."),
    ("sending", "unknown"): ("later", "Perhaps delivered: sent again once, later, with the same Message-ID."),
    ("sending", "unknown-again"): (
        "unknown",
        "Ambiguous twice: a third copy would annoy more than it helps.",
    ),
    ("sending", "crashed"): ("due", "Nothing had left the house, so it is simply due again."),
    ("sending", "crashed-often"): (
        "quarantined",
        "It may be what kills the worker: set aside so others can pass.",
    ),
}


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
_PATIENT = Ladder(_minutes(1, 5, 15, 30, 60), 100)
# Every five minutes for a day: what an emergency says is stale tomorrow.
_EMERGENCY = Ladder(_minutes(0.5, 1, 2, 5), 290)
# A push is worth little when it is late, and the phone learns all by sync: five tries within the hour.
_PUSH = Ladder(_minutes(1, 5, 15, 30), 5)
_PUSH_EMERGENCY = Ladder(_minutes(0.5, 1, 2, 5), 5)
# LINE knows a repeated message for 24 hours (retry key), so the last attempt falls inside them, jitter and all.
_LINE = Ladder(_minutes(1, 5, 15, 30, 60), 20)
_LINE_EMERGENCY = Ladder(_minutes(0.5, 1, 2, 5), 200)

LADDERS: Final[Mapping[tuple[str, bool], Ladder]] = {
    ("mail", False): _PATIENT,
    ("mail", True): _EMERGENCY,
    ("push", False): _PUSH,
    ("push", True): _PUSH_EMERGENCY,
    ("line", False): _LINE,
    ("line", True): _LINE_EMERGENCY,
}

LANE_PAUSE: Final = timedelta(seconds=60)
UNKNOWN_WAIT: Final = timedelta(minutes=10)
UNKNOWN_WAIT_EMERGENCY: Final = timedelta(seconds=60)
CRASHES_ALLOWED: Final = 3
ATTEMPTS_BEFORE_QUARANTINE: Final = 5
JITTER: Final = 0.25


def next_state(
    state: State,
    attempt: int,
    outcome: Outcome,
    *,
    channel: str,
    urgency: str,
    now: datetime,
    rng: Random,
    crossed_before: bool = False,
) -> Transition:
    """What becomes of a message in `state` whose attempt number `attempt` (1 = first) ended with `outcome`.

    `channel` is "mail", "push" or "line", `urgency` "emergency" or anything else.
    `crossed_before`: an earlier attempt already ended without an answer (`crossing_at` stays on the row).
    """
    emergency = urgency == "emergency"
    ladder = LADDERS[channel, emergency]
    event = _event(outcome, attempt, ladder, crossed_before)
    if (state, event) not in TRANSITIONS:
        return Transition(state, None, "", changed=False)
    after, _why = TRANSITIONS[state, event]
    wait = _wait(event, outcome, attempt, ladder, emergency)
    due_at = _jittered(now, wait, rng) if after in ("due", "later") else None
    return Transition(after, due_at, _reason(outcome))


def _event(outcome: Outcome, attempt: int, ladder: Ladder, crossed_before: bool) -> Event:
    match outcome:
        case Sent():
            return "sent"
        case Gone():
            return "gone"
        case Refused():
            return "refused"
        case Skipped():
            return "skipped"
        case Released():
            return "release"
        case Unknown() | Crashed(crossed=True):
            return "unknown-again" if crossed_before else "unknown"
        case Crashed():
            return "crashed-often" if _too_many_crashes(outcome, attempt) else "crashed"
        case Later(whole_lane=whole_lane):
            # A lane that is shut says nothing about this message, so it may wait as long as mail may.
            allowed = max(ladder.attempts, _PATIENT.attempts) if whole_lane else ladder.attempts
            return "exhausted" if attempt >= allowed else "later"


def _too_many_crashes(crash: Crashed, attempt: int) -> bool:
    if crash.crashes is None:
        return attempt >= ATTEMPTS_BEFORE_QUARANTINE
    return crash.crashes >= CRASHES_ALLOWED


def _wait(event: Event, outcome: Outcome, attempt: int, ladder: Ladder, emergency: bool) -> timedelta:
    if event == "unknown":
        return UNKNOWN_WAIT_EMERGENCY if emergency else UNKNOWN_WAIT
    if not isinstance(outcome, Later):
        return timedelta(0)
    asked = outcome.after or timedelta(0)
    return max(ladder.wait(attempt), asked, LANE_PAUSE if outcome.whole_lane else timedelta(0))


def lane_pause(outcome: Outcome, rng: Random) -> timedelta | None:
    """How long the whole destination rests after this outcome; None when only the message waits."""
    if not (isinstance(outcome, Later) and outcome.whole_lane):
        return None
    return _spread(
        max(outcome.after or timedelta(0), LANE_PAUSE if outcome.code != 429 else timedelta(0)), rng
    )


def _jittered(now: datetime, wait: timedelta, rng: Random) -> datetime:
    return now + _spread(wait, rng)


def _spread(wait: timedelta, rng: Random) -> timedelta:
    # Only ever longer: what a provider asked for is a floor.
    return wait * (1 + JITTER * rng.random())


def _reason(outcome: Outcome) -> str:
    return "" if isinstance(outcome, Sent) else outcome.reason
