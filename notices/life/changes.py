"""What an operation would change, collected before anything is written: a preview, or a dry run of a roster, stops here.

An officer's operation on one home and the import of a whole roster fill the same collection, by the same steps (ending.py,
walking.py), and it is written in one way.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due, ids
from notices.enrolment import records
from notices.life import ledgers
from notices.models import Address, Block, Household, Person, Resident, Seat, Term, Ticket
from notices.proxies import ending
from notices.records import projection
from notices.records.projection import Touched
from notices.tokyo import midnight
from notices.town import preferences
from notices.vault import Vault
from sync import Base

Progress = Callable[[int, int], None]
_CHUNK: Final = 500
_AWAY: Final = frozenset({"block", "left_at"})
_ORDER: Final = (Block, Household, Person, Resident, Address, Seat, Term)
COUNTS: Final = (
    "blocksAdded",
    "blocksChanged",
    "blocksEnded",
    "householdsAdded",
    "householdsChanged",
    "householdsMoved",
    "householdsReturned",
    "householdsLeft",
    "peopleAdded",
    "peopleChanged",
    "peopleMoved",
    "peopleReturned",
    "peopleLeft",
    "mailsAdded",
    "mailsEnded",
    "termsAdded",
    "termsChanged",
    "termsEnded",
)


@dataclass(slots=True)
class Changes:
    tenant: str
    added: dict[type[Base], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    changed: list[tuple[Base, dict[str, Any]]] = field(default_factory=list)
    touched: Touched = field(default_factory=Touched)
    counts: Counter[str] = field(default_factory=Counter)
    ended_people: set[str] = field(default_factory=set)
    turning: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))
    """Days to come on which a person's terms begin or end."""
    _last: bytes = bytes(16)

    def add(self, model: type[Base], count: str, **row: Any) -> str:
        """A row with an id of its own, which is returned. Ids go up in the order of the file: people of a
        household are shown in the order of their ids, and two made in one millisecond would else be in any."""
        id = self.next_id()
        self.insert(model, count, id=id, **row)
        return id

    def next_id(self) -> str:
        self._last = max(ids.bytes_of(ids.new_id()), (int.from_bytes(self._last) + 1).to_bytes(16))
        return ids.text_of(self._last)

    def insert(self, model: type[Base], count: str, **row: Any) -> None:
        self.added[model].append({"tenant": self.tenant, **row})
        self.counts[count] += 1

    def set(self, row: Base, **values: Any) -> bool:
        """Notes what differs; False where nothing does."""
        differing = {name: value for name, value in values.items() if getattr(row, name) != value}
        if differing:
            self.changed.append((row, differing))
        return bool(differing)

    def __bool__(self) -> bool:
        return bool(self.changed) or any(self.added.values())

    def counted(self) -> dict[str, int]:
        return {name: self.counts[name] for name in COUNTS}

    async def write(
        self, session: AsyncSession, vault: Vault, now: datetime, progress: Progress | None
    ) -> None:
        """Rows first, then the journal; `progress` is told rows and records done, of how many."""
        for row, values in self.changed:
            for name, value in values.items():
                setattr(row, name, value)
            if isinstance(row, Person) and "area" in values:
                preferences.keep(session, row)
        homes = [(row.id, values) for row, values in self.changed if isinstance(row, Household)]
        moved = {id for id, values in homes if _AWAY & values.keys()}
        await session.flush()
        self.touched.people.update(await self._end_proxies(session, now))
        parts = list(_parts(self.touched))
        told = [len(part.households) + len(part.people) for part in parts]
        total = sum(map(len, self.added.values())) + sum(told)
        done = 0
        back = {id for id, values in homes if values.get("left_at", now) is None}
        await ledgers.returned(session, self.tenant, back)
        await ledgers.moved(session, self.tenant, moved, now)
        for model, rows in self._chunks():
            # Else rows with an empty cell and rows without one go in statement by statement.
            await session.execute(insert(model), rows, execution_options={"render_nulls": True})
            done += len(rows)
            _tell(progress, done, total)
        await self._put_due(session)
        await self._revoke_tickets(session, now)
        for part, count in zip(parts, told, strict=True):
            await projection.refresh(session, vault, self.tenant, part, now)
            done += count
            _tell(progress, done, total)

    def _chunks(self) -> Iterator[tuple[type[Base], Sequence[dict[str, Any]]]]:
        for model in _ORDER:
            rows = self.added[model]
            for start in range(0, len(rows), _CHUNK):
                yield model, rows[start : start + _CHUNK]

    async def _put_due(self, session: AsyncSession) -> None:
        people: dict[date, list[str]] = defaultdict(list)
        for person, days in self.turning.items():
            people[min(days)].append(person)
        for day, turning in people.items():
            due.soon(session, self.tenant, "term", turning, midnight(day))

    async def _end_proxies(self, session: AsyncSession, now: datetime) -> Collection[str]:
        """Of people who have ended, and of leaders by their seats. → who was in the city for them alone."""
        gone = await ending.with_people(session, self.tenant, self.ended_people, "moved", now)
        for person in sorted({row.person for row, _ in self.changed if isinstance(row, Term)}):
            gone |= await ending.with_their_seat(session, self.tenant, person, now)
        return gone

    async def _revoke_tickets(self, session: AsyncSession, now: datetime) -> None:
        """Of people who have ended: nobody comes in by a slip that was theirs."""
        people = sorted(self.ended_people)
        for start in range(0, len(people), _CHUNK):
            theirs = update(Ticket).where(
                Ticket.tenant == self.tenant, Ticket.person.in_(people[start : start + _CHUNK])
            )
            open_ones = theirs.where(Ticket.used_at.is_(None), Ticket.revoked_at.is_(None))
            await session.execute(open_ones.values(revoked_at=now), execution_options={"journalled": True})
        await records.refresh(session, self.tenant, people)


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)


def _parts(touched: Touched) -> Iterator[Touched]:
    """The same in pieces, so that progress can be seen; blocks and seats come with the first."""
    households, people = sorted(touched.households | touched.moved.keys()), sorted(touched.people)
    yield replace(touched, households=set(), people=set(), moved={})
    for start in range(0, len(households), _CHUNK):
        here = households[start : start + _CHUNK]
        yield Touched(
            households=set(here), moved={id: touched.moved[id] for id in here if id in touched.moved}
        )
    for start in range(0, len(people), _CHUNK):
        yield Touched(people=set(people[start : start + _CHUNK]))
