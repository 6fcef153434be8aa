"""Who pushed: what every handler of a mutation is given."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from notices.records import audience
from notices.town.standing import Standing
from server.syncing import clocks
from sync import ScopeKey


@dataclass(frozen=True)
class Author:
    """Who pushed, judged at arrival. `ahead`: how far their phone's clock is before ours (server/syncing/clocks.py)."""

    standing: Standing
    device: str
    city: str
    undo: timedelta
    now: datetime
    ahead: timedelta = timedelta()

    def pressed(self, at: str) -> datetime:
        """When that was by our clock, at most now. `at`: as the phone has it. Raises DateUnreadable."""
        return min(self.said(at), self.now)

    def said(self, at: str) -> datetime:
        """The same, also of what is yet to come. Raises DateUnreadable."""
        return clocks.ours(at, self.ahead, self.now)

    @cached_property
    def scopes(self) -> frozenset[ScopeKey]:
        """What they may see, and so where they may write at all."""
        return frozenset(audience.scopes_of(self.standing, self.city))
