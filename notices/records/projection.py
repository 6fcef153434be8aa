"""What a client may know: the body of every synced record, and in which scopes it stands.

The use-case says what it touched; the rows are read again here and their records written, whole.
No body carries a mail address, an endpoint or a key. Where a street or a telephone is needed it is sealed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.enrolment import records
from notices.models import (
    Association,
    Block,
    City,
    Household,
    Person,
    Resident,
    Seat,
    Term,
)
from notices.proxies import records as proxies
from notices.records import audience as places
from notices.town import preferences
from notices.town.standing import Held, Home, coming_to, held_by, homes_of, runs
from notices.vault import Vault
from sync import Change, record

Body = dict[str, Any]
IN = 500
"""Ids in one `IN (…)`: SQLite's oldest limit is 999 variables."""


@dataclass(slots=True)
class Touched:
    """What a use-case changed, by id. `moved` holds the block a household stood in before."""

    associations: set[str] = field(default_factory=set)
    blocks: set[str] = field(default_factory=set)
    households: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    seats: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)


async def refresh(session: AsyncSession, vault: Vault, tenant: str, touched: Touched, now: datetime) -> None:
    """Writes the records of everything touched; what has ended is deleted where it stood."""
    await session.flush()
    for named in _batches(touched.associations):
        await associations(session, tenant, named)
    for blocks in _batches(touched.blocks):
        await _blocks(session, tenant, blocks)
    for seats in _batches(touched.seats):
        await _seats(session, tenant, seats, now)
    for households in _batches(touched.households | touched.moved.keys()):
        await _households(session, vault, tenant, households, touched.moved)
    for people in _batches(touched.people):
        await _memberships(session, tenant, people, now)
    await records.refresh(session, tenant, touched.people)
    await proxies.refresh(session, tenant, touched.people, now)


async def city(session: AsyncSession, city: City) -> None:
    body: Body = {"name": city.name, "contact": city.contact, "demo": city.demo}
    record(session, city.tenant, Change(places.city_scope(city.id), "cities", city.id, body))


async def associations(session: AsyncSession, tenant: str, ids: Collection[str]) -> None:
    query = select(Association).where(Association.tenant == tenant, Association.id.in_(ids))
    for row in await session.scalars(query):
        body: Body = {"name": row.name, "slug": row.slug, "contact": row.contact}
        body |= {"forwardsByItself": True} if row.forwards_by_itself else {}
        scope = places.association_scope(row.id)
        record(session, tenant, Change(scope, "associations", row.id, _unless(row.ended_at, body)))


async def _blocks(session: AsyncSession, tenant: str, ids: Collection[str]) -> None:
    for row in await session.scalars(select(Block).where(Block.tenant == tenant, Block.id.in_(ids))):
        body = {"association": row.association, "name": row.name, "position": row.position}
        scope = places.association_scope(row.association)
        record(session, tenant, Change(scope, "blocks", row.id, _unless(row.ended_at, body)))


async def _seats(session: AsyncSession, tenant: str, ids: Collection[str], now: datetime) -> None:
    """Names of office holders only; who holds a seat of the city is nobody's record yet."""
    holders: dict[str, list[str]] = defaultdict(list)
    current = (
        select(Term.seat, Person.name)
        .join(Person, (Person.tenant == Term.tenant) & (Person.id == Term.person))
        .where(Term.tenant == tenant, Term.seat.in_(ids), runs(now))
        .order_by(Term.begins, Term.id)
    )
    for seat, name in (await session.execute(current)).all():
        holders[seat].append(name)
    for row in await session.scalars(select(Seat).where(Seat.tenant == tenant, Seat.id.in_(ids))):
        if row.association is None:
            continue
        body = {
            "association": row.association,
            "role": row.role,
            "title": row.title,
            "block": row.block,
            "holders": holders[row.id],
        }
        scope = places.association_scope(row.association)
        record(session, tenant, Change(scope, "seats", row.id, _unless(row.ended_at, body)))


async def _households(
    session: AsyncSession, vault: Vault, tenant: str, ids: Collection[str], moved: Mapping[str, str]
) -> None:
    people = await _people_of(session, tenant, ids)
    for row in await session.scalars(
        select(Household).where(Household.tenant == tenant, Household.id.in_(ids))
    ):
        here = people[row.id]
        body = {
            "association": row.association,
            "block": row.block,
            "name": row.name,
            "paper": row.on_paper,
            "people": [{"id": person.id, "name": person.name} for person in here],
        }
        scope = places.household_scope(row.id)
        record(session, tenant, Change(scope, "households", row.id, _unless(row.left_at, body)))
        _roster(session, vault, row, here, moved.get(row.id))


def _roster(
    session: AsyncSession, vault: Vault, row: Household, people: Sequence[Person], before: str | None
) -> None:
    """One copy for the officers, one for the leader of the block; a move takes the copy from the old leader."""
    tenant = row.tenant
    body: Body = {
        "household": row.id,
        "association": row.association,
        "block": row.block,
        "walk": row.walk,
        "name": row.name,
        "street": vault.decrypt(tenant, row.street) if row.street else "",
        "paper": row.on_paper,
        "paperByItself": row.fell_at is not None,
        "people": [
            {
                "id": person.id,
                "name": person.name,
                "phone": vault.decrypt(tenant, person.phone) if person.phone else "",
            }
            for person in people
        ],
    }
    kept = _unless(row.left_at, body)
    officers, leader = places.officers_scope(row.association), places.leader_scope(row.block)
    record(session, tenant, Change(officers, "roster", f"{row.id}.o", kept, sealed=True))
    record(session, tenant, Change(leader, "roster", f"{row.id}.{row.block}", kept, sealed=True))
    if before is not None and before != row.block:
        record(
            session,
            tenant,
            Change(places.leader_scope(before), "roster", f"{row.id}.{before}", None, sealed=True),
        )


async def _people_of(
    session: AsyncSession, tenant: str, households: Collection[str]
) -> dict[str, list[Person]]:
    query = (
        select(Resident.household, Person)
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
        .where(Resident.tenant == tenant, Resident.household.in_(households), Resident.until.is_(None))
        .where(Person.ended_at.is_(None))
        .order_by(Person.id)
    )
    people: dict[str, list[Person]] = defaultdict(list)
    for household, person in (await session.execute(query)).all():
        people[household].append(person)
    return people


async def _memberships(session: AsyncSession, tenant: str, ids: Collection[str], now: datetime) -> None:
    """What tells a phone where it stands; written with each change of it, so caches may lean on its scope's head."""
    homes: dict[str, list[Home]] = defaultdict(list)
    query = homes_of(tenant, list(ids)).add_columns(Resident.person)
    for *home, person in (await session.execute(query)).all():
        homes[person].append(Home(*home))
    seats: dict[str, list[Held]] = defaultdict(list)
    for holder, held in await held_by(session, tenant, list(ids), now):
        seats[holder].append(held)
    coming: dict[str, list[Held]] = defaultdict(list)
    for holder, held in await coming_to(session, tenant, list(ids), now):
        coming[holder].append(held)
    for row in await session.scalars(select(Person).where(Person.tenant == tenant, Person.id.in_(ids))):
        # Also for who has moved out: that there is no home any more is what the phone must learn.
        body = membership(row.id, row.name, homes[row.id], seats[row.id])
        if coming[row.id]:
            # They give no right before their day: scopes_of knows nothing of them.
            body["coming"] = [_seat(held) for held in coming[row.id]]
        record(session, tenant, Change(places.person_scope(row.id), "memberships", row.id, body))
        if preferences.has_wished(row):
            preferences.keep(session, row)


def membership(person: str, name: str, homes: Sequence[Home], seats: Sequence[Held]) -> Body:
    return {
        "person": {"id": person, "name": name},
        "homes": [
            {
                "household": home.household,
                "householdName": home.household_name,
                "association": home.association,
                "associationName": home.association_name,
                "block": home.block,
                "blockName": home.block_name,
            }
            for home in homes
        ],
        "seats": [_seat(held) for held in seats],
    }


def _seat(held: Held) -> Body:
    return {
        "id": held.seat,
        "role": held.role,
        "title": held.title,
        "association": held.association,
        "block": held.block,
        "begins": held.begins.isoformat(),
        "ends": held.ends.isoformat() if held.ends else None,
    }


def _unless(ended: datetime | None, body: Body) -> Body | None:
    return None if ended is not None else body


def _batches(ids: Collection[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[start : start + IN] for start in range(0, len(ordered), IN)]
