"""PURE: what a channel may answer, and what becomes of the message.

A channel answers each message in our words (`Sent` … `Unknown`); `next_state` looks it up in ONE table.
A pair that is not in the table is a repeat or a straggler, and changes nothing, by design.
How long it waits is in notices/waits.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final, Literal

from notices.ledger.reasons import REASONS as REASONS
from notices.waits import (
    LADDERS,
    LANE_PAUSE,
    PATIENT,
    UNKNOWN_WAIT,
    UNKNOWN_WAIT_EMERGENCY,
    Ladder,
    spread,
)

State = Literal["due", "sending", "sent", "later", "failed", "gone", "skipped", "unknown", "quarantined"]
Event = Literal[
    "release", "held", "sent", "later", "exhausted", "gone", "refused", "skipped",
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


@dataclass(frozen=True, slots=True)
class Held:
    """Not begun: nobody it is for wants to be disturbed before `until`."""

    until: datetime
    reason: str = "quiet-hours"


Outcome = Sent | Later | Gone | Refused | Unknown | Skipped | Crashed | Released | Held


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
    ("sending", "held"): (
        "due",
        "A retry or a long queue has brought it into somebody's quiet hours: it leaves when they end.",
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


CRASHES_ALLOWED: Final = 3
ATTEMPTS_BEFORE_QUARANTINE: Final = 5


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
    if isinstance(outcome, Held):
        return Transition(after, max(outcome.until, now), outcome.reason)
    wait = _wait(event, outcome, attempt, ladder, emergency)
    due_at = now + spread(wait, rng) if after in ("due", "later") else None
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
        case Held():
            return "held"
        case Unknown() | Crashed(crossed=True):
            return "unknown-again" if crossed_before else "unknown"
        case Crashed():
            return "crashed-often" if _too_many_crashes(outcome, attempt) else "crashed"
        case Later(whole_lane=whole_lane):
            # A lane that is shut says nothing about this message, so it may wait as long as mail may.
            allowed = max(ladder.attempts, PATIENT.attempts) if whole_lane else ladder.attempts
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
    if emergency and outcome.code is None:
        return ladder.wait(attempt)  # nobody asked us to wait: the rest is our own caution
    return max(ladder.wait(attempt), asked, LANE_PAUSE if outcome.whole_lane else timedelta(0))


_ONE_ADDRESS: Final = frozenset({"mailbox-busy", "lane-paused", "lease-lost", "redirected"})


def troubles_the_lane(outcome: Later) -> bool:
    """Whether it says something of the destination; else of one address, or nothing, as it was not tried."""
    return outcome.reason not in _ONE_ADDRESS


def lane_pause(outcome: Outcome, rng: Random) -> timedelta | None:
    """How long the whole destination rests after this outcome; None when only the message waits."""
    if not (isinstance(outcome, Later) and outcome.whole_lane):
        return None
    least = LANE_PAUSE if outcome.code != 429 else timedelta(0)
    return spread(max(outcome.after or timedelta(0), least), rng)


def _reason(outcome: Outcome) -> str:
    return "" if isinstance(outcome, Sent) else outcome.reason
