"""PURE: by which message each home is reached. People who share a mailbox share a message, and so do a person's homes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from notices import ids
from notices.models import Planning
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


@dataclass(frozen=True, slots=True)
class Way:
    """A message, and what has become of it by now."""

    message: str
    state: str = "due"
    reason: str | None = None


@dataclass(slots=True)
class Made:
    """The rows of one chunk. `already`: (person, address) → the way by which an earlier home of theirs is reached."""

    planning: Planning
    already: dict[tuple[str, str], Way]
    now: datetime
    deliveries: list[dict[str, object]] = field(default_factory=list)
    messages: list[dict[str, object]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Household → ways that are open or went well."""
    failed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Reason → households of which a way had failed before they joined it."""
    handed_over: set[str] = field(default_factory=set)

    def plan(self, targets: Sequence[Target]) -> None:
        """One household."""
        shared: dict[tuple[str, bytes], Way] = {}
        for target in targets:
            who, box = (target.person, target.address), (target.channel, target.lookup)
            way = self.already.get(who) or shared.get(box)
            if way is None:
                way = Way(ids.new_id())
                self.messages.append(self._message(way.message, target))
            self.already[who] = shared[box] = way
            self.deliveries.append(self._delivery(way.message, target))
            self._count(target.household, way)

    def by_count(self) -> Iterable[tuple[int, Sequence[str]]]:
        """(ways, the households that have so many)."""
        found: dict[int, list[str]] = defaultdict(list)
        for household, count in self.counts.items():
            found[count].append(household)
        return sorted(found.items())

    def _count(self, household: str, way: Way) -> None:
        if way.state in TERMINAL and way.state != "sent":
            self.failed[way.reason or "crashed"].append(household)
            return
        self.counts[household] += 1
        if way.state == "sent":
            self.handed_over.add(household)

    def _delivery(self, message: str, target: Target) -> dict[str, object]:
        return {
            "tenant": self.planning.tenant,
            "notice": self.planning.notice,
            "revision": self.planning.revision,
            "person": target.person,
            "address": target.address,
            "household": target.household,
            "message": message,
        }

    def _message(self, id: str, target: Target) -> dict[str, object]:
        return {
            "tenant": self.planning.tenant,
            "id": id,
            "person": target.person,
            "address": target.address,
            "channel": target.channel,
            "lane": target.lane,
            "urgency": self.planning.urgency,
            "state": "due",
            "due_at": self.now,
            "attempt": 0,
            "doubts": 0,
            "crashes": 0,
            "created_at": self.now,
        }
