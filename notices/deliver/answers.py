"""PURE: how push services answer, counted, so that a key of ours that is wrong is not taken for a thousand dead phones."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from notices.outcomes import Gone, Outcome, Refused, Sent

LEAST: Final = 20
"""Of so many answers at least, …"""
SHARE_REFUSED: Final = 5
"""… when more than a fifth is 403 it is our key that is wrong."""
HOUR: Final = timedelta(hours=1)
"""How long answers are counted together, and how long an alarm lasts after its newest cause."""


@dataclass(slots=True)
class _Hour:
    since: datetime
    answered: int = 0
    refused: int = 0


@dataclass(slots=True)
class Answers:
    """Per (channel, lane), as one process saw them: statistics, of which nothing is lost with the process."""

    hours: dict[tuple[str, str], _Hour] = field(default_factory=dict)

    def add(self, lane: tuple[str, str], outcome: Outcome, now: datetime, count: int = 1) -> None:
        if not isinstance(outcome, Sent | Gone | Refused):
            return
        hour = self.hours.get(lane)
        if hour is None or not timedelta(0) <= now - hour.since < HOUR:
            hour = self.hours[lane] = _Hour(now)
        hour.answered += count
        hour.refused += is_403(outcome) * count

    def refuses(self, lane: tuple[str, str]) -> bool:
        """Whether it refused our key at all."""
        hour = self.hours.get(lane)
        return hour is not None and hour.refused > 0

    def our_key_is_wrong(self, lane: tuple[str, str]) -> bool:
        hour = self.hours.get(lane)
        return hour is not None and hour.answered >= LEAST and hour.refused * SHARE_REFUSED > hour.answered


def is_403(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.reason == "vapid"
