"""Recovery of an association that nobody speaks for any more: a seat for somebody, and a slip for their phone."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.enrolment import tickets
from notices.handover import appointing
from notices.ids import new_id
from notices.models import Association, Block, Person, Seat
from notices.roster.rows import same
from notices.roster.titles import WORDS
from notices.tokyo import today, wire
from notices.town.standing import OFFICERS
from server.house import House
from server.operations import places
from server.processes.admin import Progress, Refused, Result


async def ticket(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{association: slug, city?, person: name or number} → {person, code, url}."""
    now = house.clock()
    async with house.db.write() as session:
        place = await places.association(session, args["association"], args.get("city"))
        person = await appointing.resident(session, place, args["person"])
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
        person = await appointing.resident(session, place, args["person"])
        seat = await _seat(session, place, args, begins)
        ended = await appointing.give(session, house.keys.vault, seat, person.id, begins, None, now)
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
        if named and (not _shared(seat) or not await appointing.terms_after(session, seat, begins)):
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
