"""Where a person stands now: the homes they live in and the seats they hold. All rights derive from this value."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Association, Block, Household, Person, Proxy, Resident, Seat, Term
from notices.proxies.acting import Acting, What, acting
from notices.tokyo import today

OFFICERS = frozenset({"president", "officer"})
CITY = frozenset({"clerk", "approver"})


@dataclass(frozen=True, slots=True)
class Home:
    household: str
    household_name: str
    association: str
    association_name: str
    block: str
    block_name: str


@dataclass(frozen=True, slots=True)
class Held:
    """A seat, and the term in which this person holds it (`begins` ≤ today < `ends`)."""

    seat: str
    role: str
    title: str
    association: str | None
    block: str | None
    begins: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    tenant: str
    person: str
    name: str
    homes: Sequence[Home]
    seats: Sequence[Held]
    acts: Sequence[Acting] = field(default=())
    """The homes of others for which they speak."""

    def officer_of(self, association: str | None) -> bool:
        return self.seat_in(association) is not None

    def seat_in(self, association: str | None) -> Held | None:
        """The seat by which this person speaks for an association."""
        for held in self.seats:
            if association is not None and held.association == association and held.role in OFFICERS:
                return held
        return None

    @property
    def clerk(self) -> Held | None:
        """The seat by which this person writes for the city."""
        return next((held for held in self.seats if held.role == "clerk"), None)

    @property
    def works_for_city(self) -> bool:
        return any(held.role in CITY for held in self.seats)

    def speaks_for(self, association: str | None) -> bool:
        """For the association as its officer, for the city (None) as its clerk."""
        return self.clerk is not None if association is None else self.officer_of(association)

    def leads(self, block: str) -> bool:
        return any(held.role == "block-leader" and held.block == block for held in self.seats)

    def lives_in(self, household: str) -> bool:
        return any(home.household == household for home in self.homes)

    def speaks_for_home(self, household: str, what: What) -> Literal["own", "proxy"] | None:
        """`own` for who lives there, `proxy` for who may do this for somebody who does. Whatever takes a stamp or answer asks."""
        if self.lives_in(household):
            return "own"
        return "proxy" if any(home.household == household and home.may(what) for home in self.acts) else None


async def standing(session: AsyncSession, tenant: str, person: str, now: datetime) -> Standing | None:
    """None for a person this city never had. Who has moved out has neither homes nor seats: phones learn it by sync."""
    return (await standings(session, tenant, [person], now)).get(person)


async def standings(
    session: AsyncSession, tenant: str, people: Collection[str], now: datetime
) -> dict[str, Standing]:
    """Of many at once, in four statements."""
    ids = sorted(set(people))
    homes: dict[str, list[Home]] = {person: [] for person in ids}
    for *home, person in await session.execute(homes_of(tenant, ids).add_columns(Resident.person)):
        homes[person].append(Home(*home))
    seats: dict[str, list[Held]] = {person: [] for person in ids}
    for person, held in await held_by(session, tenant, ids, now):
        seats[person].append(held)
    acts: dict[str, list[Acting]] = {person: [] for person in ids}
    for person, *for_whom in await session.execute(acting_for(tenant, ids, today(now))):
        acts[person].append(Acting(*for_whom))
    names = select(Person.id, Person.name).where(Person.tenant == tenant, Person.id.in_(ids))
    return {
        person: Standing(tenant, person, name, homes[person], seats[person], acts[person])
        for person, name in await session.execute(names)
    }


def acting_for(tenant: str, people: Sequence[str], day: date) -> Select[*tuple[Any, ...]]:
    """Who speaks, and the columns of `Acting`."""
    return acting(day, Proxy.tenant == tenant, Proxy.person.in_(people))


def homes_of(tenant: str, people: Sequence[str]) -> Select[str, str, str, str, str, str]:
    return homes(Resident.tenant == tenant, Resident.person.in_(people))


def homes(*whose: ColumnElement[bool]) -> Select[str, str, str, str, str, str]:
    """The columns of `Home`; `whose` speaks of Resident."""
    return (
        select(Household.id, Household.name, Association.id, Association.name, Block.id, Block.name)
        .join(Resident, (Resident.tenant == Household.tenant) & (Resident.household == Household.id))
        .join(
            Association, (Association.tenant == Household.tenant) & (Association.id == Household.association)
        )
        .join(Block, (Block.tenant == Household.tenant) & (Block.id == Household.block))
        .where(*whose, Resident.until.is_(None))
        .where(Household.left_at.is_(None))
        .order_by(Resident.since, Household.id)
    )


async def held_by(
    session: AsyncSession, tenant: str, people: Sequence[str], now: datetime
) -> list[tuple[str, Held]]:
    """(person, seat held) for every term of theirs that runs today."""
    query = terms(today(now), Term.tenant == tenant, Term.person.in_(people))
    return [(row[0], Held(*row[1:])) for row in await session.execute(query)]


async def coming_to(
    session: AsyncSession, tenant: str, people: Sequence[str], now: datetime
) -> list[tuple[str, Held]]:
    """(person, seat) for every term of theirs that begins on a later day, the earliest first."""
    later = and_(Term.begins > today(now), or_(Term.ends.is_(None), Term.ends > Term.begins))
    query = _terms(later, Term.tenant == tenant, Term.person.in_(people))
    return [(row[0], Held(*row[1:])) for row in await session.execute(query)]


def terms(
    day: date | ColumnElement[date], *whose: ColumnElement[bool]
) -> Select[str, str, str, str, str | None, str | None, date, date | None]:
    """The holder, and the columns of `Held`, of the terms that run on that day; `whose` speaks of Term."""
    return _terms(_runs_on(day), *whose)


def _terms(
    *which: ColumnElement[bool],
) -> Select[str, str, str, str, str | None, str | None, date, date | None]:
    return (
        select(
            Term.person, Seat.id, Seat.role, Seat.title, Seat.association, Seat.block, Term.begins, Term.ends
        )
        .join(Seat, (Seat.tenant == Term.tenant) & (Seat.id == Term.seat))
        .where(Seat.ended_at.is_(None), *which)
        .order_by(Term.begins, Seat.id)
    )


async def seats_ever_held(session: AsyncSession, tenant: str, person: str) -> set[str]:
    query = select(Term.seat).where(Term.tenant == tenant, Term.person == person)
    return set((await session.scalars(query)).all())


def runs(now: datetime) -> ColumnElement[bool]:
    """Whether a term runs today; its last day is the day before `ends`."""
    return _runs_on(today(now))


def _runs_on(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    return and_(Term.begins <= day, or_(Term.ends.is_(None), Term.ends > day))
