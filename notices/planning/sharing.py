"""PURE: by which message each home is reached. People who share a mailbox share a message, and so do a person's homes;
whoever wishes a digest gets one message for many notices.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from notices import ids
from notices.ladder import steps
from notices.ladder.hours import Slot, Wishes, slot
from notices.models import Notice
from notices.outcomes import TERMINAL


@dataclass(frozen=True, slots=True)
class Target:
    """An address of a person of a household."""

    household: str
    person: str
    address: str
    channel: str
    lane: str
    lookup: bytes
    wishes: Wishes
    takes: bool
    """Whether messages like this one are wanted there. Where not, one is planned at most: it says why none was sent."""
    quiet: bool = False
    """A push to somebody of whom nothing was heard for long: it may ring in a drawer."""


@dataclass(frozen=True, slots=True)
class Way:
    """A message, and what has become of it by now."""

    message: str
    state: str = "due"
    reason: str | None = None


@dataclass(slots=True)
class Made:
    """The rows of many homes. `already`: (person, address) → the way by which an earlier home of theirs is reached;
    `digests`: (address, due) → the message that gathers what is due then."""

    notice: Notice
    revision: int
    step: str
    now: datetime
    already: dict[tuple[str, str], Way] = field(default_factory=dict)
    digests: dict[tuple[str, datetime], str] = field(default_factory=dict)
    deliveries: list[dict[str, object]] = field(default_factory=list)
    messages: list[dict[str, object]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Household → ways that are open or went well."""
    failed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Reason → households of which a way had failed before they joined it."""
    handed_over: set[str] = field(default_factory=set)

    def slot(self, target: Target) -> Slot:
        if not target.takes:
            return Slot(self.now)
        first = self.step == steps.FIRST
        return slot(target.wishes, self.notice.urgency, self.now, ends(self.notice), may_bundle=first)

    def plan(self, targets: Sequence[Target]) -> None:
        """One household."""
        shared: dict[tuple[str, bytes, Slot], Way] = {}
        for target in targets:
            when = self.slot(target)
            who, box = (target.person, target.address), (target.channel, target.lookup, when)
            way = self.already.get(who) or shared.get(box) or self._gathering(target, when)
            if way is None:
                way = Way(ids.new_id())
                self.messages.append(self._message(way.message, target, when))
            self.already[who] = shared[box] = way
            self.deliveries.append(self._delivery(way.message, target))
            self._count(target.household, way)

    def by_count(self) -> Iterable[tuple[int, Sequence[str]]]:
        """(ways, the households that have so many)."""
        found: dict[int, list[str]] = defaultdict(list)
        for household, count in self.counts.items():
            found[count].append(household)
        return sorted(found.items())

    def _gathering(self, target: Target, when: Slot) -> Way | None:
        message = self.digests.get((target.address, when.at)) if when.digest else None
        return Way(message) if message is not None else None

    def _count(self, household: str, way: Way) -> None:
        if way.state in TERMINAL and way.state != "sent":
            self.failed[way.reason or "crashed"].append(household)
            return
        self.counts[household] += 1
        if way.state == "sent":
            self.handed_over.add(household)

    def _delivery(self, message: str, target: Target) -> dict[str, object]:
        return {
            "tenant": self.notice.tenant,
            "notice": self.notice.id,
            "revision": self.revision,
            "person": target.person,
            "address": target.address,
            "household": target.household,
            "step": self.step,
            "message": message,
        }

    def _message(self, id: str, target: Target, when: Slot) -> dict[str, object]:
        return {
            "tenant": self.notice.tenant,
            "id": id,
            "person": target.person,
            "address": target.address,
            "channel": target.channel,
            "lane": target.lane,
            "urgency": self.notice.urgency,
            "state": "due",
            "due_at": when.at,
            "digest": when.digest,
            "attempt": 0,
            "doubts": 0,
            "crashes": 0,
            "created_at": self.now,
        }


def ends(notice: Notice) -> datetime | None:
    return min((at for at in (notice.deadline, notice.expires_at) if at is not None), default=None)
