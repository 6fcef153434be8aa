"""How a town begins: a city, its associations, and the first officer of each, who lets everybody else in."""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.errors import FieldWrong
from notices.models import Association, Block, City, Household, Person, Resident, Seat, Term
from notices.records import projection
from notices.records.projection import Touched, refresh
from notices.tokyo import today
from notices.town.standing import OFFICERS, runs
from notices.vault import Vault

_SHORT = re.compile(r"[a-z][a-z0-9]{1,7}")
_DISTRICT = 100
"""Characters, as many as a clerk's choice may have."""
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


async def city(
    session: AsyncSession, tenant: str, name: str, contact: str, now: datetime, *, demo: bool = False
) -> City:
    """`tenant`: the short id that begins every token of this city, 2–8 of a–z and 0–9. Raises FieldWrong."""
    if not _SHORT.fullmatch(tenant):
        raise FieldWrong(field="city id", why="use 2 to 8 small letters or digits, a letter first")
    row = City(tenant=tenant, id=ids.new_id(), name=name, contact=contact, demo=demo, created_at=now)
    session.add(row)
    await session.flush()
    await projection.city(session, row)
    await audit.write(session, tenant, None, "city.founded", row.id, {}, now)
    return row


async def association(
    session: AsyncSession,
    vault: Vault,
    tenant: str,
    name: str,
    slug: str,
    contact: str,
    now: datetime,
    *,
    district: str = "",
) -> Association:
    if not _SLUG.fullmatch(slug):
        raise FieldWrong(field="slug", why="use small letters, digits and hyphens")
    row = Association(tenant=tenant, id=ids.new_id(), name=name, slug=slug, contact=contact, created_at=now)
    row.district, row.forwards_by_itself = _district(district), False
    session.add(row)
    await refresh(session, vault, tenant, Touched(associations={row.id}), now)
    await audit.write(session, tenant, None, "association.founded", row.id, {}, now)
    return row


async def lies_in(
    session: AsyncSession, vault: Vault, place: Association, district: str, now: datetime
) -> None:
    """ "" is no district. What is out already stays with those it was sent to. Raises FieldWrong."""
    named = _district(district)
    if named != place.district:
        place.district = named
        await refresh(session, vault, place.tenant, Touched(associations={place.id}), now)
        await audit.write(session, place.tenant, None, "association.district", place.id, {}, now)


def _district(name: str) -> str:
    """As clerks choose it: what looks alike is one district."""
    named = " ".join(name.split())
    if len(named) > _DISTRICT or not named.isprintable():
        raise FieldWrong(field="district", why=f"use at most {_DISTRICT} characters, on one line")
    return named


async def first_officer(
    session: AsyncSession, vault: Vault, tenant: str, association: str, name: str, now: datetime
) -> str:
    """A president in household 1 of a block 1, so that an association without a roster can begin. The person's id."""
    block = Block(tenant=tenant, id=ids.new_id(), association=association, name="1班", position=1)
    home = Household(
        tenant=tenant,
        id=ids.new_id(),
        association=association,
        block=block.id,
        walk=1,
        number="1",
        name=name.split()[0],
        joined_at=now,
    )
    person = Person(tenant=tenant, id=ids.new_id(), name=name, created_at=now)
    seat = Seat(tenant=tenant, id=ids.new_id(), role="president", title="会長", association=association)
    session.add_all(
        (
            block,
            home,
            person,
            seat,
            Resident(tenant=tenant, household=home.id, person=person.id, since=now),
            Term(tenant=tenant, id=ids.new_id(), seat=seat.id, person=person.id, begins=today(now)),
        )
    )
    touched = Touched(blocks={block.id}, households={home.id}, people={person.id}, seats={seat.id})
    await refresh(session, vault, tenant, touched, now)
    await audit.write(session, tenant, None, "officer.seated", person.id, {"seat": seat.id}, now)
    return person.id


async def officers(
    session: AsyncSession, tenant: str, association: str, now: datetime
) -> list[tuple[str, str, str]]:
    """(person, name, title) of those who may speak for the association today, the president first."""
    query = (
        select(Person.id, Person.name, Seat.title)
        .join(Term, (Term.tenant == Person.tenant) & (Term.person == Person.id))
        .join(Seat, (Seat.tenant == Term.tenant) & (Seat.id == Term.seat))
        .where(Person.tenant == tenant, Seat.association == association, Seat.role.in_(OFFICERS), runs(now))
        .order_by(Seat.role.desc(), Term.begins)
    )
    return [(person, name, title) for person, name, title in await session.execute(query)]
