"""An association's people as its officers work with them: homes in walking order, devices, slips."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import NotFound
from notices.models import Block, Device, Household, Person, Resident, Ticket
from notices.tokyo import wire
from notices.town.people_errors import DeviceUnknown, HouseholdUnknown

Body = dict[str, Any]


async def people(
    session: AsyncSession, tenant: str, association: str, of: Collection[str] | None = None
) -> Body:
    """`blocks`, and `households` with their people; no address of any kind. `of`: these households alone."""
    blocks = select(Block).where(
        Block.tenant == tenant, Block.association == association, Block.ended_at.is_(None)
    )
    homes = (
        select(Household)
        .join(Block, (Block.tenant == Household.tenant) & (Block.id == Household.block))
        .where(Household.tenant == tenant, Household.association == association, _among(of))
        .where(Household.left_at.is_(None))
        .order_by(Block.position, Household.walk, Household.id)
    )
    here = await _residents(session, tenant, association, of)
    devices = await _devices(session, tenant, association, of)
    slips = await _slips(session, tenant, {person.id for each in here.values() for person in each}, of)
    return {
        "blocks": [
            {"id": block.id, "name": block.name}
            for block in await session.scalars(blocks.order_by(Block.position))
        ],
        "households": [
            _home(home) | {"people": [_person(each, devices[each.id], slips) for each in here[home.id]]}
            for home in await session.scalars(homes)
        ],
    }


def _among(of: Collection[str] | None) -> ColumnElement[bool]:
    return true() if of is None else Household.id.in_(of)


def _home(home: Household) -> Body:
    return {
        "id": home.id,
        "name": home.name,
        "block": home.block,
        "walk": home.walk,
        "paper": home.on_paper,
        "paperByItself": home.fell_at is not None,
    }


def _person(person: Person, devices: list[Body], slips: dict[str, str]) -> Body:
    return {
        "id": person.id,
        "name": person.name,
        "devices": devices,
        "slip": slips.get(person.id, "none"),
    }


async def _residents(
    session: AsyncSession, tenant: str, association: str, of: Collection[str] | None
) -> dict[str, list[Person]]:
    query = (
        select(Resident.household, Person)
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
        .where(Resident.tenant == tenant, Household.association == association, _among(of))
        .where(Resident.until.is_(None), Household.left_at.is_(None))
        .order_by(Person.id)
    )
    people: dict[str, list[Person]] = defaultdict(list)
    for household, person in await session.execute(query):
        people[household].append(person)
    return people


async def _devices(
    session: AsyncSession, tenant: str, association: str, of: Collection[str] | None
) -> dict[str, list[Body]]:
    query = (
        select(Device)
        .join(Resident, (Resident.tenant == Device.tenant) & (Resident.person == Device.person))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Device.tenant == tenant, Device.revoked_at.is_(None), Household.association == association)
        .where(Resident.until.is_(None), _among(of))
        .order_by(Device.created_at)
        .distinct()
    )
    devices: dict[str, list[Body]] = defaultdict(list)
    for device in await session.scalars(query):
        shown = {
            "id": device.id,
            "name": device.name,
            "number": device.number,
            "seenAt": wire(device.seen_at),
        }
        devices[device.person].append(shown)
    return devices


async def _slips(
    session: AsyncSession, tenant: str, people: Collection[str], of: Collection[str] | None
) -> dict[str, str]:
    """`open` or `used`, by the newest slip of each person."""
    query = select(Ticket).where(Ticket.tenant == tenant, Ticket.kind == "slip", Ticket.revoked_at.is_(None))
    if of is not None:
        # Of a whole association they would be too many for a statement.
        query = query.where(Ticket.person.in_(people))
    slips: dict[str, str] = {}
    for ticket in await session.scalars(query.order_by(Ticket.created_at)):
        if ticket.person in people:
            slips[ticket.person] = "used" if ticket.used_at else "open"
    return slips


async def of_block(session: AsyncSession, tenant: str, association: str, block: str | None) -> list[str]:
    """Ids of the people of one block, or of the whole association, in walking order."""
    query = (
        select(Resident.person)
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .join(Block, (Block.tenant == Household.tenant) & (Block.id == Household.block))
        .where(Resident.tenant == tenant, Household.association == association)
        .where(Resident.until.is_(None), Household.left_at.is_(None))
        .order_by(Block.position, Household.walk, Household.id, Resident.person)
    )
    if block is not None:
        query = query.where(Household.block == block)
    return list(dict.fromkeys((await session.scalars(query)).all()))


async def slip_lines(
    session: AsyncSession, tenant: str, association: str, people: Collection[str]
) -> dict[str, Body]:
    """What a slip says beside its code, by person: name, household, block."""
    query = (
        select(Resident.person, Person.name, Household.name, Block.name)
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .join(Block, (Block.tenant == Household.tenant) & (Block.id == Household.block))
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
        .where(Resident.tenant == tenant, Household.association == association, Resident.until.is_(None))
    )
    return {
        person: {"name": name, "household": household, "block": block}
        for person, name, household, block in await session.execute(query)
        if person in people
    }


async def household(session: AsyncSession, tenant: str, id: str) -> Household:
    """Raises HouseholdUnknown."""
    row = await session.get(Household, (tenant, id))
    if row is None or row.left_at is not None:
        raise HouseholdUnknown()
    return row


async def insist_on_person(session: AsyncSession, tenant: str, association: str, person: str) -> None:
    """Who lives in the association today. Raises NotFound."""
    query = (
        select(Resident.person)
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Resident.tenant == tenant, Resident.person == person, Resident.until.is_(None))
        .where(Household.association == association, Household.left_at.is_(None))
    )
    if (await session.scalars(query)).first() is None:
        raise NotFound()


async def insist_on_device(session: AsyncSession, tenant: str, association: str, device: str) -> None:
    """Officers reach the devices of who lives, or lived, in their own association. Raises DeviceUnknown."""
    query = (
        select(Device.id)
        .join(Resident, (Resident.tenant == Device.tenant) & (Resident.person == Device.person))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Device.tenant == tenant, Device.id == device, Household.association == association)
    )
    if (await session.scalars(query)).first() is None:
        raise DeviceUnknown()
