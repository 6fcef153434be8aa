"""PURE: how many wrong codes are borne, counted in this process; each process counts for itself.

A guess is counted before it is looked up and given back when it was right, so that a thousand at once gain
nothing. A 6-digit code cannot bear its own counter, as a wrong guess names no code: callers are counted, and all
callers together, which bounds what an attacker with many addresses may try.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notices.town.people_errors import TooManyTries

_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `tries` wrong guesses in a window of this length."""

    tries: int
    window: timedelta


@dataclass(slots=True)
class Guesses:
    _windows: dict[tuple[str, Limit], tuple[datetime, int]] = field(default_factory=dict)
    """Key and limit → beginning of the window, wrong guesses in it."""

    def spend(self, limits: dict[str, Limit], now: datetime) -> None:
        """Counts one guess against every key. Raises TooManyTries, and counts nothing, where one is used up."""
        for key, limit in limits.items():
            began, count = self._window(key, limit, now)
            if count >= limit.tries:
                raise TooManyTries(minutes=-((now - began - limit.window) // timedelta(minutes=1)))
        for key, limit in limits.items():
            began, count = self._window(key, limit, now)
            self._windows[key, limit] = (began, count + 1)
        if len(self._windows) > _KEPT:
            self._forget(now)

    def give_back(self, limits: dict[str, Limit], now: datetime) -> None:
        """The guess was right."""
        for key, limit in limits.items():
            began, count = self._window(key, limit, now)
            self._windows[key, limit] = (began, max(0, count - 1))

    def _window(self, key: str, limit: Limit, now: datetime) -> tuple[datetime, int]:
        began, count = self._windows.get((key, limit), (now, 0))
        # A clock set back must not lock people out until it has caught up.
        return (began, count) if began <= now < began + limit.window else (now, 0)

    def _forget(self, now: datetime) -> None:
        self._windows = {
            (key, limit): (began, count)
            for (key, limit), (began, count) in self._windows.items()
            if began <= now < began + limit.window
        }
