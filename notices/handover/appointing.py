"""One seat is given to somebody, from a day on: by an operator, or by the city where nobody is left to do it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.handover.handover_errors import HoldsAlready, NobodyOfThatName, SeveralOfThatName
from notices.ids import new_id
from notices.models import Association, Household, Person, Resident, Seat, Term
from notices.records.projection import Touched, refresh
from notices.roster.rows import same, same_number
from notices.town.people import await_next_turn
from notices.vault import Vault


async def resident(session: AsyncSession, place: Association, named: str) -> Person:
    """By 住民番号 or by name, among those who live there. Raises NobodyOfThatName, SeveralOfThatName."""
    query = (
        select(Person)
        .join(Resident, (Resident.tenant == Person.tenant) & (Resident.person == Person.id))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Person.tenant == place.tenant, Household.association == place.id)
        .where(Person.ended_at.is_(None), Resident.until.is_(None), Household.left_at.is_(None))
    )
    return called((await session.scalars(query)).all(), named, place)


def called(rows: Sequence[Person], named: str, place: Association) -> Person:
    """The one of these with that 住民番号 or name. Raises NobodyOfThatName, SeveralOfThatName."""
    by_number = {row.id: row for row in rows if row.number and same_number(row.number) == same_number(named)}
    meant = by_number or {row.id: row for row in rows if same(row.name) == same(named)}
    if not meant:
        raise NobodyOfThatName(named=named, place=place.name)
    if len(meant) > 1:
        numbers = ", ".join(sorted(row.number or "-" for row in meant.values()))
        raise SeveralOfThatName(count=len(meant), named=named, numbers=numbers)
    return next(iter(meant.values()))


async def give(
    session: AsyncSession,
    vault: Vault,
    seat: Seat,
    person: str,
    begins: date,
    actor: str | None,
    now: datetime,
) -> list[str]:
    """From that day the seat is this person's alone. → who held it, or was to. Raises HoldsAlready."""
    ended = await _end_others(session, seat, person, begins)
    session.add(Term(tenant=seat.tenant, id=new_id(), seat=seat.id, person=person, begins=begins))
    touched = Touched(people={person, *ended}, seats={seat.id})
    await refresh(session, vault, seat.tenant, touched, now)
    for each in sorted(touched.people):
        await await_next_turn(session, seat.tenant, each, now)
    detail: Mapping[str, object] = {
        "seat": seat.id,
        "role": seat.role,
        "from": begins.isoformat(),
        "ended": ended,
    }
    await audit.write(session, seat.tenant, actor, "officer.seated", person, detail, now)
    return ended


async def terms_after(session: AsyncSession, seat: Seat, day: date) -> list[Term]:
    """Those that would still run on `day`, or begin after it."""
    query = select(Term).where(Term.tenant == seat.tenant, Term.seat == seat.id)
    return list(await session.scalars(query.where(or_(Term.ends.is_(None), Term.ends > day))))


async def _end_others(session: AsyncSession, seat: Seat, person: str, begins: date) -> list[str]:
    """Whose terms end on the day the new one begins."""
    ended = []
    for term in await terms_after(session, seat, begins):
        if term.person == person and term.begins <= begins:
            raise HoldsAlready(seat=seat.title, since=term.begins.isoformat())
        term.ends = max(begins, term.begins)
        ended.append(term.person)
    return sorted(set(ended) - {person})
