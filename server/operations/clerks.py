"""Who works for the city: its clerks and approvers. The first has nobody above them in the town, so an operator appoints them;
they need no home in any association.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.handover import appointing
from notices.ids import new_id
from notices.models import City, Person, Seat, Term
from notices.records.projection import Touched, refresh
from notices.roster.rows import same
from notices.tokyo import today
from notices.town.address_errors import HeaderTextRefused
from notices.town.people import await_next_turn
from notices.wording.headers import checked_text
from server.house import House
from server.operations import places
from server.operations.seats import slip
from server.processes.admin import Progress, Refused, Result

ROLES: Final = {"clerk": "市職員", "approver": "承認者"}
"""Each with what the seat is called unless something else is given."""
_LENGTH: Final = 60
_TWICE: Final = (
    "Somebody called {name!r} works for the city already, appointed without --association. If it is the same human, leave "
    "--association out; if not, end that seat first and appoint them under a name that tells the two apart."
)


async def appoint(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{role, person: name, city?, association?: where they live, from: YYYY-MM-DD, title?} → as seats.appoint.

    Without an association the person is one who works for the city already, by that name, or somebody new.
    """
    now, begins = house.clock(), date.fromisoformat(args["from"])
    async with house.db.write() as session:
        city = await _city(session, args.get("city"))
        person = await _person(session, city, args, now)
        role = args["role"]
        if any(
            each.person == person and each.role == role for each in await held(session, city.tenant, begins)
        ):
            raise Refused(f"{args['person']} holds such a seat already.")
        seat, title = new_id(), _checked(args.get("title") or ROLES[role], "--title")
        row = {"tenant": city.tenant, "id": seat, "role": role, "title": title}
        # No phone has a record of it but its holder's own, which says where they stand.
        await session.execute(insert(Seat).values(row), execution_options={"journalled": True})
        session.add(Term(tenant=city.tenant, id=new_id(), seat=seat, person=person, begins=begins))
        await refresh(session, house.keys.vault, city.tenant, Touched(people={person}), now)
        await await_next_turn(session, city.tenant, person, now)
        detail = {"seat": seat, "role": role, "from": begins.isoformat(), "ended": []}
        await audit.write(session, city.tenant, None, "officer.seated", person, detail, now)
        issued = await slip(house, session, city.tenant, person, now)
    coming = begins > today(now)
    return issued | {"title": title, "from": begins.isoformat(), "ended": 0, "coming": coming}


async def end(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{role, person: name, city?} → {person, title}. Their right ends with this transaction."""
    now = house.clock()
    day = today(now)
    async with house.db.write() as session:
        city = await _city(session, args.get("city"))
        theirs = await _meant(session, city.tenant, args["person"], day, args["role"])
        for each in theirs:
            term = await session.get_one(Term, (city.tenant, each.term))
            term.ends = max(day, term.begins)
        person = theirs[0].person
        await refresh(session, house.keys.vault, city.tenant, Touched(people={person}), now)
        detail = {"role": args["role"], "ends": day.isoformat()}
        await audit.write(session, city.tenant, None, "officer.unseated", person, detail, now)
    return {"person": theirs[0].name, "title": theirs[0].title}


async def ticket(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{person: name, city?} → {person, code, url}."""
    now = house.clock()
    async with house.db.write() as session:
        city = await _city(session, args.get("city"))
        person = (await _meant(session, city.tenant, args["person"], today(now)))[0].person
        return await slip(house, session, city.tenant, person, now)


async def _meant(
    session: AsyncSession, tenant: str, name: str, day: date, role: str | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """What one person of that name holds. Raises Refused where it is nobody or several."""
    there = [each for each in await held(session, tenant, day) if role in (None, each.role)]
    theirs = [each for each in there if same(each.name) == same(name)]
    if len({each.person for each in theirs}) == 1:
        return theirs
    known = ", ".join(sorted({each.name for each in there})) or "nobody yet"
    how_many = "Several people" if theirs else "Nobody"
    raise Refused(f"{how_many} called {name!r} works for the city. There is: {known}.")


async def held(session: AsyncSession, tenant: str, day: date) -> Sequence[Row[*tuple[Any, ...]]]:
    """(term, person, name, role, title, begins, ends) of the city's seats that are held that day, or later."""
    query = (
        select(Term.id.label("term"), Person.id.label("person"), Person.name, Seat.role, Seat.title)
        .add_columns(Term.begins, Term.ends)
        .join(Seat, (Seat.tenant == Term.tenant) & (Seat.id == Term.seat))
        .join(Person, (Person.tenant == Term.tenant) & (Person.id == Term.person))
        .where(Term.tenant == tenant, Seat.association.is_(None), Seat.role.in_(ROLES))
        .where(Seat.ended_at.is_(None), or_(Term.ends.is_(None), Term.ends > day))
        .order_by(Seat.role.desc(), Term.begins, Person.name)
    )
    return (await session.execute(query)).all()


async def _city(session: AsyncSession, named: str | None) -> City:
    found = await places.cities(session, named)
    if len(found) > 1:
        raise Refused(
            f"There are several cities: add --city with one of {', '.join(row.tenant for row in found)}."
        )
    return found[0]


async def _person(session: AsyncSession, city: City, args: Mapping[str, Any], now: Any) -> str:
    if args.get("association"):
        place = await places.association(session, args["association"], city.tenant)
        row = await appointing.resident(session, place, args["person"])
        if await _working(session, city.tenant, row.name, now) not in (None, row.id):
            raise Refused(_TWICE.format(name=row.name))
        return row.id
    name = _checked(args["person"], "--person")
    if (known := await _working(session, city.tenant, name, now)) is not None:
        return known
    newcomer = Person(tenant=city.tenant, id=new_id(), name=name, created_at=now)
    session.add(newcomer)
    await session.flush()
    return newcomer.id


async def _working(session: AsyncSession, tenant: str, name: str, now: datetime) -> str | None:
    """The person of that name who works for the city, or is to."""
    there = await held(session, tenant, today(now))
    return next((each.person for each in there if same(each.name) == same(name)), None)


def _checked(text: str, option: str) -> str:
    try:
        said = checked_text(text.strip())
    except HeaderTextRefused:
        said = ""
    if not said or len(said) > _LENGTH:
        raise Refused(f"{option}: write a name in one line, of {_LENGTH} letters at most.")
    return said
