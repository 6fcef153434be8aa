"""An association nobody speaks for any more: the city sees it, seats a president there, or gives an officer a new slip.

An association with officers whose phones are in use is none of the city's business: there the officers decide.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.errors import NotAllowed, NotFound
from notices.handover import appointing, holding, proposal
from notices.handover.handover_errors import AssociationHasOfficers, NoOfficerHere
from notices.handover.proposal import ENOUGH_OFFICERS
from notices.healing.silence import QUIET
from notices.ids import new_id
from notices.models import Association, Device, Seat, Term
from notices.roster.titles import WORDS
from notices.tokyo import today, week
from notices.town.standing import OFFICERS, Standing, runs
from notices.vault import Vault

Body = dict[str, Any]
STATES: Final = ("orphaned", "silent", "alone", "well")
"""Nobody speaks for it · nobody who does was heard of for two months · one person alone does · two or more do."""


def insist_on_city(by: Standing) -> None:
    if not by.works_for_city:
        raise NotAllowed()


async def overview(session: AsyncSession, by: Standing, now: datetime) -> list[Body]:
    """{id, name, contact, officers, heardOf: the Monday of that week, state} of each, those in trouble first."""
    insist_on_city(by)
    query = select(Association).where(Association.tenant == by.tenant, Association.ended_at.is_(None))
    places = (await session.scalars(query)).all()
    officers = await _officers(session, by.tenant, now)
    heard = await _heard_of(session, by.tenant, sorted(set().union(*officers.values())))
    told = [_told(place, officers[place.id], heard, now) for place in places]
    return sorted(told, key=lambda each: (STATES.index(each["state"]), each["name"], each["id"]))


async def one(session: AsyncSession, by: Standing, association: str, now: datetime) -> Body:
    """The same of one, with its seats and who holds them. Raises NotFound, NotAllowed."""
    place = await find(session, by, association)
    register = await proposal.read(session, by.tenant, association, now)
    people = holding.officers(register, now)
    heard = await _heard_of(session, by.tenant, sorted(people))
    seats = await holding.seats(session, by.tenant, register, now)
    return _told(place, people, heard, now) | {"seats": [each for each in seats if each["role"] in OFFICERS]}


async def appoint(
    session: AsyncSession, vault: Vault, by: Standing, association: str, named: str, now: datetime
) -> str:
    """Somebody who lives there is president from today. → their id. The slip for their phone is made apart.

    Raises NotFound, NotAllowed, AssociationHasOfficers, NobodyOfThatName, SeveralOfThatName, HoldsAlready.
    """
    place = await find(session, by, association, lock=True)
    if (await one(session, by, association, now))["state"] not in ("orphaned", "silent"):
        raise AssociationHasOfficers()
    person = await appointing.resident(session, place, named)
    seat = await _president(session, place)
    await appointing.give(session, vault, seat, person.id, today(now), by.person, now)
    return person.id


async def officer(session: AsyncSession, by: Standing, association: str, person: str, now: datetime) -> None:
    """Who is to have a new slip: on record, as it opens the association's data. Raises NotFound, NoOfficerHere."""
    await find(session, by, association, lock=True)
    register = await proposal.read(session, by.tenant, association, now)
    if person not in holding.officers(register, now):
        raise NoOfficerHere()
    await audit.write(session, by.tenant, by.person, "officer.let-in-anew", person, {}, now)


async def find(session: AsyncSession, by: Standing, association: str, *, lock: bool = False) -> Association:
    """One of the city's. `lock`: two clerks at once would seat two. Raises NotAllowed, NotFound."""
    insist_on_city(by)
    query = select(Association).where(Association.tenant == by.tenant, Association.id == association)
    query = query.where(Association.ended_at.is_(None))
    place = await session.scalar(query.with_for_update() if lock else query)
    if place is None:
        raise NotFound()
    return place


async def _president(session: AsyncSession, place: Association) -> Seat:
    query = select(Seat).where(Seat.tenant == place.tenant, Seat.association == place.id)
    query = query.where(Seat.role == "president", Seat.ended_at.is_(None)).order_by(Seat.id)
    if (seat := await session.scalar(query.limit(1))) is not None:
        return seat
    made = Seat(
        tenant=place.tenant,
        id=new_id(),
        role="president",
        title=WORDS["president"],
        association=place.id,
        block=None,
    )
    session.add(made)
    await session.flush()
    return made


async def _officers(session: AsyncSession, tenant: str, now: datetime) -> dict[str, set[str]]:
    """Who speaks for each association today."""
    query = (
        select(Seat.association, Term.person)
        .join(Term, (Term.tenant == Seat.tenant) & (Term.seat == Seat.id))
        .where(Seat.tenant == tenant, Seat.role.in_(OFFICERS), Seat.ended_at.is_(None), runs(now))
    )
    found: dict[str, set[str]] = defaultdict(set)
    for association, person in await session.execute(query):
        if association is not None:
            found[association].add(person)
    return found


async def _heard_of(session: AsyncSession, tenant: str, people: Sequence[str]) -> dict[str, datetime]:
    """When a phone of theirs last synced, or was enrolled."""
    seen = func.max(func.coalesce(Device.seen_at, Device.created_at), type_=Device.created_at.type)
    query = select(Device.person, seen).where(Device.tenant == tenant, Device.revoked_at.is_(None))
    found: dict[str, datetime] = {}
    for start in range(0, len(people), 500):
        batch = people[start : start + 500]
        rows = await session.execute(query.where(Device.person.in_(batch)).group_by(Device.person))
        found |= {person: at for person, at in rows}
    return found


def _told(place: Association, officers: set[str], heard: dict[str, datetime], now: datetime) -> Body:
    last = max((heard[each] for each in officers if each in heard), default=None)
    return {
        "id": place.id,
        "name": place.name,
        "contact": place.contact,
        "officers": len(officers),
        "heardOf": None if last is None else week(last).isoformat(),
        "state": _state(len(officers), last, now - QUIET),
    }


def _state(officers: int, last: datetime | None, quiet: datetime) -> str:
    if officers == 0:
        return "orphaned"
    if last is None or last < quiet:
        return "silent"
    return "alone" if officers < ENOUGH_OFFICERS else "well"
