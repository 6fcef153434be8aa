"""PURE: when a mailbox is written to no more. One failure proves nothing: relays err, people are away, disks are full.

Hard (nobody is there): two on different days of Tokyo. Soft (not now): each day counts one, what is older weighs less
and less; when it has faded, the mailbox is tried again. A complaint: at once. What each still takes: carried.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from notices.outcomes import Gone, Later, Outcome, State
from notices.planning.carried import BOUNCED, BOUNCED_SOFTLY, COMPLAINED
from notices.tokyo import today

Failure = Literal["hard", "soft", "complaint"]

HARD_MEMORY: Final = timedelta(days=180)
"""A first hard failure is forgotten after it: a spring's error of a relay and an autumn's are not two."""
HALF_LIFE: Final = timedelta(days=7)
TOO_SOFT: Final = 4.0
"""A mailbox that fails softly every day is left alone after its fifth, one that fails every second day after its sixth."""
FADED: Final = 1.0
"""Below it a mailbox that was left alone is tried again: after two weeks."""

TAKEN_BACK: Final[Mapping[str, str]] = {
    "sent": "The next server took it and gave it back: nobody has it.",
    "unknown": "It did arrive at the next server, which could not deliver it either.",
    "later": "A copy that may have left did leave, and came back: another would, too.",
}
"""States of a message that a report of failure turns into `failed`, each with its reason; in others it is a straggler.
Beside outcomes.py, whose table ends where the message has left: this is the one way back from such an end."""

_WEIGHT: Final = {BOUNCED_SOFTLY: 1, COMPLAINED: 2, BOUNCED: 3}


@dataclass(frozen=True, slots=True)
class Health:
    """Of a mailbox, as its row keeps it. `score` is as it was at `scored_at`."""

    state: str
    reason: str | None
    hard_on: date | None = None
    score: float = 0.0
    scored_at: datetime | None = None


def after(health: Health, failure: Failure, at: datetime) -> Health:
    """What one more failure makes of it. Only what is live, or suppressed for less, is suppressed."""
    match failure:
        case "hard":
            return _after_hard(health, today(at))
        case "soft":
            return _after_soft(health, at)
        case "complaint":
            return _suppressed(health, COMPLAINED)


def _after_hard(health: Health, day: date) -> Health:
    before = health.hard_on
    if before is None or day - before > HARD_MEMORY:
        return replace(health, hard_on=day)
    return health if day == before else _suppressed(health, BOUNCED)


def _after_soft(health: Health, at: datetime) -> Health:
    # A message that is tried all day reports all day; it is still one bad day.
    if health.scored_at is not None and today(at) <= today(health.scored_at):
        return health
    scored = replace(health, score=faded(health, at) + 1, scored_at=at)
    return _suppressed(scored, BOUNCED_SOFTLY) if scored.score >= TOO_SOFT else scored


def faded(health: Health, now: datetime) -> float:
    if health.scored_at is None:
        return 0.0
    return float(health.score * 0.5 ** (max(now - health.scored_at, timedelta(0)) / HALF_LIFE))


def _suppressed(health: Health, reason: str) -> Health:
    standing = _WEIGHT.get(health.reason or "", 0) if health.state == "suppressed" else 0
    if health.state not in ("live", "suppressed") or standing >= _WEIGHT[reason]:
        return health
    return replace(health, state="suppressed", reason=reason)


def may_try_again(health: Health, now: datetime) -> bool:
    left_alone = (health.state, health.reason) == ("suppressed", BOUNCED_SOFTLY)
    return left_alone and faded(health, now) < FADED


def failure_of(channel: str, outcome: Outcome, became: State) -> Failure | None:
    """What a refusal in the dialogue itself says about the mailbox: the same rules hold for it."""
    if channel != "mail":
        return None
    if isinstance(outcome, Gone):
        return "hard"
    given_up = isinstance(outcome, Later) and outcome.reason == "mailbox-busy" and became == "failed"
    return "soft" if given_up else None
