"""PURE: when the officers of an association that has not decided hear of a circular, and hear of it again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from notices.ladder import steps

WORD: Final = "word"
AGAIN: Final = "again"
STEPS: Final = (WORD, AGAIN, steps.EVE)
PATIENCE: Final = timedelta(days=3)
PATIENCE_URGENT: Final = timedelta(hours=1)


def times(urgency: str, deadline: datetime | None, now: datetime) -> Mapping[str, datetime]:
    """At once, again after a while, and on the eve of the deadline; never twice within half a day, nor after it."""
    again = now + (PATIENCE if urgency == "ordinary" else PATIENCE_URGENT)
    found = {WORD: now, AGAIN: again}
    if deadline is None:
        return found
    eve = steps.reminders(deadline, now).get(steps.EVE)
    if eve is not None:
        found[steps.EVE] = eve
        if abs(eve - again) < timedelta(hours=12):
            del found[AGAIN]
    return {step: at for step, at in found.items() if at < deadline or step == WORD}
