"""Recovery of an association that nobody speaks for any more: a seat for somebody, and a slip for their phone."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.enrolment import tickets
from notices.ids import new_id
from notices.models import Association, Block, Person, Seat, Term
from notices.records.projection import Touched, refresh
from notices.roster.rows import same
from notices.roster.titles import WORDS
from notices.tokyo import today, wire
from notices.town.people import await_next_turn
from notices.town.standing import OFFICERS
from server.house import House
from server.operations import places
from server.processes.admin import Progress, Refused, Result


async def ticket(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{association: slug, city?, person: name or number} → {person, code, url}."""
    now = house.clock()
    async with house.db.write() as session:
        place = await places.association(session, args["association"], args.get("city"))
        person = await places.resident(session, place, args["person"])
        return await slip(house, session, place.tenant, person.id, now)


async def slip(house: House, session: AsyncSession, tenant: str, person: str, now: datetime) -> Result:
    """A slip's code is shown this once; it is good until used, and ends the person's earlier one."""
    issued = (await tickets.issue(session, house.keys.vault, tenant, [person], "slip", None, now))[0]
    row = await session.get_one(Person, (tenant, person))
    return {
        "person": row.name,
        "code": issued.code,
        "url": f"{house.settings.origin}/enrol#{issued.code}",
        "expiresAt": wire(issued.expires_at),
    }


async def appoint(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{association: slug, city?, role, person, from: YYYY-MM-DD, title?, block?} → {person, title, from, code, url}.

    Whoever holds a president's or leader's seat then holds it until that day; officers are added.
    """
    now = house.clock()
    begins = date.fromisoformat(args["from"])
    async with house.db.write() as session:
        place = await places.association(session, args["association"], args.get("city"))
        person = await places.resident(session, place, args["person"])
        seat = await _seat(session, place, args, begins)
        ended = await _end_others(session, seat, person.id, begins)
        term = Term(tenant=place.tenant, id=new_id(), seat=seat.id, person=person.id, begins=begins)
        session.add(term)
        touched = Touched(people={person.id, *ended}, seats={seat.id})
        await refresh(session, house.keys.vault, place.tenant, touched, now)
        for each in sorted(touched.people):
            await await_next_turn(session, place.tenant, each, now)
        detail = {"seat": seat.id, "role": seat.role, "from": begins.isoformat(), "ended": ended}
        await audit.write(session, place.tenant, None, "officer.seated", person.id, detail, now)
        issued = await slip(house, session, place.tenant, person.id, now)
    coming = begins > today(now)
    return issued | {"title": seat.title, "from": begins.isoformat(), "ended": len(ended), "coming": coming}


async def _seat(session: AsyncSession, place: Association, args: Mapping[str, Any], begins: date) -> Seat:
    """The seat of this role (and title, and block); made where there is none. An officer's must be free."""
    role = args["role"]
    if role not in WORDS:
        raise Refused(f"There is no role {role!r}: use one of {', '.join(WORDS)}.")
    block = await _block(session, place, args.get("block")) if role == "block-leader" else None
    query = select(Seat).where(
        Seat.tenant == place.tenant, Seat.association == place.id, Seat.role == role, Seat.ended_at.is_(None)
    )
    query = query.where(Seat.block == block if block else Seat.block.is_(None)).order_by(Seat.id)
    title = args.get("title")
    for seat in await session.scalars(query):
        named = title is None or same(seat.title) == same(title)
        if named and (not _shared(seat) or not await _held(session, seat, begins)):
            return seat
    made = Seat(
        tenant=place.tenant,
        id=new_id(),
        role=role,
        title=title or WORDS[role],
        association=place.id,
        block=block,
    )
    session.add(made)
    await session.flush()
    return made


def _shared(seat: Seat) -> bool:
    """Of officers and helpers there are several at a time."""
    return seat.role in OFFICERS - {"president"} or seat.role == "helper"


async def _block(session: AsyncSession, place: Association, name: str | None) -> str:
    query = select(Block).where(
        Block.tenant == place.tenant, Block.association == place.id, Block.ended_at.is_(None)
    )
    rows = (await session.scalars(query.order_by(Block.position))).all()
    for row in rows:
        if name is not None and same(row.name) == same(name):
            return row.id
    raise Refused(f"Say which block with --block: {', '.join(row.name for row in rows)}.")


async def _terms(session: AsyncSession, seat: Seat, day: date) -> list[Term]:
    """Those that would still run on `day`, or begin after it."""
    query = select(Term).where(Term.tenant == seat.tenant, Term.seat == seat.id)
    return [term for term in await session.scalars(query) if term.ends is None or term.ends > day]


async def _held(session: AsyncSession, seat: Seat, day: date) -> bool:
    return bool(await _terms(session, seat, day))


async def _end_others(session: AsyncSession, seat: Seat, person: str, begins: date) -> list[str]:
    """Whose terms end on the day the new one begins. Raises Refused where the person holds the seat already."""
    ended = []
    for term in await _terms(session, seat, begins):
        if term.person == person and term.begins <= begins:
            raise Refused(f"This person holds the seat {seat.title} already, since {term.begins}.")
        term.ends = max(begins, term.begins)
        ended.append(term.person)
    return sorted(set(ended) - {person})
