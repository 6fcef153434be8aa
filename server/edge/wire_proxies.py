"""What the routes of proxies and of the daily greeting take: see wire.py."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from notices.errors import DateUnreadable
from notices.proxies.acting import What
from notices.proxies.inviting import Wish
from server.edge.life_wire import Text
from server.edge.wire import Id, TimeOfDay, Wire

Day = Annotated[str, msgspec.Meta(max_length=10)]
Whats = Annotated[list[What], msgspec.Meta(max_length=3)]


class NewProxy(Wire, kw_only=True, frozen=True):
    """`name`: whom a code is made for. `until`: the last day."""

    name: Text
    basis: Literal["family", "commissioner", "leader", "other"] = "family"
    whats: Whats
    begins: Day | None = None
    until: Day
    hear_after: int | None = None
    """Minutes after which they hear of an urgent notice nobody saw; None: never."""

    def wish(self, person: str | None = None) -> Wish:
        """Raises DateUnreadable."""
        begins = None if self.begins is None else day_of(self.begins, "begins")
        until = day_of(self.until, "until")
        return Wish(self.basis, self.whats, until, self.name, begins, self.hear_after, person)


class PaperProxy(NewProxy, kw_only=True, frozen=True):
    """`represented` signed a paper before the caller. `person`: somebody who lives in the association and is not the caller."""

    represented: Id
    name: Text = ""
    person: Id


class TakeUp(Wire, kw_only=True, frozen=True):
    code: Annotated[str, msgspec.Meta(max_length=200)]


class GreetingWish(Wire, kw_only=True, frozen=True):
    """`until` null switches it off. `awayTo`: the last day of a journey."""

    until: TimeOfDay | None = None
    away_to: Day | None = None

    def minute(self) -> int | None:
        return None if self.until is None else int(self.until[:2]) * 60 + int(self.until[3:])

    def away(self) -> date | None:
        """Raises DateUnreadable."""
        return None if self.away_to is None else day_of(self.away_to, "awayTo")


class GreetingData(msgspec.Struct):
    """What a phone writes when 「元気です」 is pressed, with or without a signal; its id is the person's."""

    day: str
    at: str


def day_of(said: str, field: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise DateUnreadable(field=field) from None
