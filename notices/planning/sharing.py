"""PURE: by which message each home is reached. People who share a mailbox share a message, and so do a person's homes;
whoever wishes a digest gets one message for many notices. Ids are bare: many.py.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from notices.alarm.kinds import EXERCISE
from notices.ladder import steps
from notices.ladder.hours import Slot, Wishes, slot
from notices.many import Bare
from notices.models import Notice
from notices.outcomes import TERMINAL

_LOST: Final = TERMINAL - {"sent"}


class Target(NamedTuple):
    """An address of a person of a household."""

    household: Bare
    person: Bare
    address: Bare
    channel: str
    lane: str
    lookup: bytes
    wishes: Wishes
    takes: bool
    """Whether messages like this one are wanted there. Where not, one is planned at most: it says why none was sent."""
    quiet: bool = False
    """A push to somebody of whom nothing was heard for long: it may ring in a drawer."""


class Way(NamedTuple):
    """A message, and what has become of it by now."""

    message: Bare
    state: str = "due"
    reason: str | None = None


DELIVERY: Final = ("person", "address", "household", "message")
MESSAGE: Final = ("id", "person", "address")
ALIKE: Final = ("channel", "lane", "due_at", "digest")
"""Of a message, what many have alike."""


@dataclass(slots=True)
class Made:
    """The rows of many homes. `already`: (person, address) → the way by which an earlier home of theirs is reached;
    `digests`: (address, due) → the message that gathers what is due then."""

    notice: Notice
    revision: int
    step: str
    now: datetime
    new: Callable[[], Bare]
    """Makes ids."""
    already: dict[tuple[Bare, Bare], Way] = field(default_factory=dict)
    digests: dict[tuple[Bare, datetime], Bare] = field(default_factory=dict)
    deliveries: list[Bare] = field(default_factory=list)
    """The columns DELIVERY, row after row."""
    messages: dict[tuple[Any, ...], list[Bare]] = field(default_factory=lambda: defaultdict(list))
    """The columns ALIKE → the columns MESSAGE, row after row."""
    counts: dict[Bare, int] = field(default_factory=lambda: defaultdict(int))
    """Household → ways that are open or went well."""
    failed: dict[str, list[Bare]] = field(default_factory=lambda: defaultdict(list))
    """Reason → households of which a way had failed before they joined it."""
    lost: set[Bare] = field(default_factory=set)
    """Messages that were lost before these homes joined them: whoever goes another way in place of one goes there for
    these homes, too."""
    handed_over: set[Bare] = field(default_factory=set)
    _slots: dict[Wishes | None, Slot] = field(default_factory=dict)

    def slot(self, target: Target) -> Slot:
        """Worked out once for all who wish alike."""
        wishes = target.wishes if target.takes else None
        if (when := self._slots.get(wishes)) is None:
            when = self._slots[wishes] = self._slot(wishes)
        return when

    def _slot(self, wishes: Wishes | None) -> Slot:
        if wishes is None:
            return Slot(self.now)
        alone = self.step != steps.FIRST or self.notice.kind == EXERCISE
        return slot(wishes, self.notice.urgency, self.now, ends(self.notice), may_bundle=not alone)

    def plan(self, targets: Sequence[Target]) -> None:
        """One household."""
        already, deliveries = self.already, self.deliveries
        shared: dict[tuple[str, bytes, Slot], Way] = {}
        for target in targets:
            when, who = self.slot(target), (target.person, target.address)
            box = (target.channel, target.lookup, when)
            way = already.get(who) or shared.get(box) or self._new_way(target, when)
            already[who] = shared[box] = way
            deliveries += (*who, target.household, way.message)
            if way.state == "due":
                self.counts[target.household] += 1
            else:
                self._count(target.household, way)

    @property
    def size(self) -> int:
        """Deliveries."""
        return len(self.deliveries) // len(DELIVERY)

    def by_count(self) -> Iterable[tuple[int, Sequence[Bare]]]:
        """(ways, the households that have so many)."""
        found: dict[int, list[Bare]] = defaultdict(list)
        for household, count in self.counts.items():
            found[count].append(household)
        return sorted(found.items())

    def _new_way(self, target: Target, when: Slot) -> Way:
        """A digest that waits already, or a message of its own."""
        if when.digest and (gathers := self.digests.get((target.address, when.at))) is not None:
            return Way(gathers)
        message = self.new()
        rows = self.messages[target.channel, target.lane, *when]
        rows += (message, target.person, target.address)
        return Way(message)

    def _count(self, household: Bare, way: Way) -> None:
        if way.state in _LOST:
            self.failed[way.reason or "crashed"].append(household)
            if way.state != "skipped":
                self.lost.add(way.message)
            return
        self.counts[household] += 1
        if way.state == "sent":
            self.handed_over.add(household)


def ends(notice: Notice) -> datetime | None:
    return min((at for at in (notice.deadline, notice.expires_at) if at is not None), default=None)
