"""What a handover would do, judged before anything is written: who leaves, who comes, and what to look at first."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.handover.handover_errors import (
    HandoverFar,
    HandoverOfNothing,
    HandoverPast,
    HandoverToNobody,
    OverlapWrong,
    SeatTwice,
    SeatUnknown,
    SuccessorForeign,
    SuccessorTwice,
    TooManyHolders,
)
from notices.models import Block, Device, Household, Person, Resident, Seat, Term
from notices.tokyo import today
from notices.town.standing import OFFICERS

FURTHEST: Final = 400
"""Days: a year, and the weeks in which the next one is talked over."""
LONGEST_OVERLAP: Final = 8
"""Weeks."""
MOST_HOLDERS: Final = 20
ENOUGH_OFFICERS: Final = 2
"""With one alone, a lost phone or a fall on the stairs leaves an association without anybody."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """`seats`: (seat, all who hold it from `begins` on). Seats that are not named stay as they are."""

    begins: date
    overlap_weeks: int
    seats: Sequence[tuple[str, Sequence[str]]]

    @property
    def ends(self) -> date:
        """When those who leave have left."""
        return self.begins + timedelta(weeks=self.overlap_weeks)


@dataclass(frozen=True, slots=True)
class Register:
    """An association's seats as they are: `terms` are those not over, by seat, the earliest first."""

    seats: Mapping[str, Seat]
    terms: Mapping[str, Sequence[Term]]
    blocks: Mapping[str, tuple[str, int]]
    """Name and place among the others."""
    people: Mapping[str, str]
    """Names of all who live here or hold a seat."""
    residents: Collection[str]

    def holders(self, seat: str, day: date) -> list[Term]:
        return [term for term in self.terms.get(seat, ()) if runs(term.begins, term.ends, day)]


@dataclass(slots=True)
class Proposal:
    """`altered`: (term, the day it would end now); `added`: (seat, person) for a term that would begin."""

    wish: Wish
    register: Register
    altered: list[tuple[Term, date | None]] = field(default_factory=list)
    added: list[tuple[str, str]] = field(default_factory=list)
    with_device: Collection[str] = frozenset()

    def officers_after(self) -> set[str]:
        """Who speaks for the association once those who leave have left."""
        day, ends = self.wish.ends, {term.id: end for term, end in self.altered}
        officers = {id for id, seat in self.register.seats.items() if seat.role in OFFICERS}
        staying = {
            term.person
            for seat in officers
            for term in self.register.terms.get(seat, ())
            if runs(term.begins, ends.get(term.id, term.ends), day)
        }
        return staying | {person for seat, person in self.added if seat in officers}


async def judged(session: AsyncSession, tenant: str, association: str, wish: Wish, now: datetime) -> Proposal:
    """Raises HandoverPast, HandoverFar, OverlapWrong, HandoverOfNothing, SeatTwice, SeatUnknown, HandoverToNobody,
    SuccessorTwice, TooManyHolders, SuccessorForeign."""
    _insist_on_days(wish, today(now))
    register = await read(session, tenant, association, now)
    _insist_on_seats(wish, register)
    proposal = Proposal(wish, register)
    for seat, people in wish.seats:
        propose(proposal, seat, people)
    if not proposal.altered and not proposal.added:
        raise HandoverOfNothing()
    proposal.with_device = await with_device(session, tenant, {person for _, person in proposal.added})
    return proposal


def _insist_on_days(wish: Wish, day: date) -> None:
    if wish.begins < day:
        raise HandoverPast()
    if wish.begins > day + timedelta(days=FURTHEST):
        raise HandoverFar(most=FURTHEST)
    if not 0 <= wish.overlap_weeks <= LONGEST_OVERLAP:
        raise OverlapWrong(most=LONGEST_OVERLAP)


def _insist_on_seats(wish: Wish, register: Register) -> None:
    if not wish.seats:
        raise HandoverOfNothing()
    if not {seat for seat, _ in wish.seats} <= register.seats.keys():
        raise SeatUnknown()
    seen: set[str] = set()
    for seat, people in wish.seats:
        title = register.seats[seat].title
        if seat in seen:
            raise SeatTwice(seat=title)
        seen.add(seat)
        if len(set(people)) < len(people):
            raise SuccessorTwice(seat=title)
        if len(people) > MOST_HOLDERS:
            raise TooManyHolders(seat=title, most=MOST_HOLDERS)
    if empty := [register.seats[seat].title for seat, people in wish.seats if not people]:
        raise HandoverToNobody(seats="、".join(empty))
    known = set(register.residents) | {term.person for terms in register.terms.values() for term in terms}
    if strangers := {person for _, people in wish.seats for person in people} - known:
        raise SuccessorForeign(people=sorted(strangers))


def propose(proposal: Proposal, seat: str, people: Sequence[str]) -> None:
    """Whoever holds the seat the day before and is named goes on without an end; the others leave after the overlap.

    What was to begin on that day or later never does.
    """
    wish, staying = proposal.wish, set()
    for term in proposal.register.terms.get(seat, ()):
        if term.begins >= wish.begins and not (term.begins == wish.begins and term.person in people):
            ends: date | None = term.begins
        elif term.ends is not None and term.ends < wish.begins:
            continue
        elif term.person in people and term.person not in staying:
            staying.add(term.person)
            ends = None
        else:
            ends = max(wish.ends, term.begins)
        if ends != term.ends:
            proposal.altered.append((term, ends))
    proposal.added += [(seat, person) for person in people if person not in staying]


def runs(begins: date, ends: date | None, day: date) -> bool:
    return begins <= day and (ends is None or day < ends)


async def read(session: AsyncSession, tenant: str, association: str, now: datetime) -> Register:
    seats = select(Seat).where(
        Seat.tenant == tenant, Seat.association == association, Seat.ended_at.is_(None)
    )
    found = {row.id: row for row in await session.scalars(seats.order_by(Seat.id))}
    query = select(Term).where(Term.tenant == tenant, Term.seat.in_(found))
    query = query.where(or_(Term.ends.is_(None), (Term.ends > today(now)) & (Term.ends > Term.begins)))
    terms: dict[str, list[Term]] = defaultdict(list)
    for term in await session.scalars(query.order_by(Term.begins, Term.id)):
        terms[term.seat].append(term)
    blocks = select(Block.id, Block.name, Block.position).where(
        Block.tenant == tenant, Block.association == association
    )
    residents = set(await session.scalars(_residents(tenant, association)))
    holders = {term.person for each in terms.values() for term in each}
    names = select(Person.id, Person.name).where(Person.tenant == tenant)
    guests = sorted(holders - residents)
    people = names.where(or_(Person.id.in_(guests), Person.id.in_(_residents(tenant, association))))
    return Register(
        seats=found,
        terms=terms,
        blocks={id: (name, position) for id, name, position in await session.execute(blocks)},
        people={id: name for id, name in await session.execute(people)},
        residents=residents,
    )


def _residents(tenant: str, association: str) -> Any:
    return (
        select(Resident.person)
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
        .where(Resident.tenant == tenant, Household.association == association, Person.ended_at.is_(None))
        .where(Resident.until.is_(None), Household.left_at.is_(None))
    )


async def with_device(session: AsyncSession, tenant: str, people: Collection[str]) -> set[str]:
    query = select(Device.person).where(Device.tenant == tenant, Device.revoked_at.is_(None))
    return set(await session.scalars(query.where(Device.person.in_(sorted(people)))))
