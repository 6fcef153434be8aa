"""The town comes to be, by the way a real one does: founded, its rosters imported, its people's phones enrolled."""

from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import roster
from notices.models import Association, Block, Household, Person, Resident, Seat
from notices.roster import sheet
from notices.tokyo import today
from notices.town import founding
from server.demo.running import TENANT
from server.demo.town import Association as Plan
from server.demo.town import Town
from server.house import House
from server.operations import clerks

Advance = Callable[[str, int, int], None]
"""Told a name, and how much of it is done of how much."""
Owner = tuple[str, str, str, str]
"""(association, household, person, name of the phone)"""

OFFICIALS: Final = (("clerk", "市川 直子"), ("approver", "大沢 進"))
"""Of the city hall: neither lives in an association of the town."""
PHONES_HERE: Final = 0.45
PHONES_ELSEWHERE: Final = 0.05
"""Share of households in which somebody has a phone: in the association visitors come to, and in the others."""


async def settle(house: House, town: Town, advance: Advance) -> list[str]:
    """City, associations, rosters. Returns the associations' ids, in the order of the town."""
    now = house.clock()
    async with house.db.write() as session:
        await founding.city(session, TENANT, town.name, town.contact, now, demo=True)
    await city_hall(house)
    return [await _found(house, plan, now, advance) for plan in town.associations]


async def city_hall(house: House) -> None:
    """A clerk, and another person who approves what goes to the whole city; appointed as by an operator, where they are not."""
    day = today(house.clock()).isoformat()
    for role, name in OFFICIALS:
        async with house.db.read() as session:
            query = select(Seat.id).where(Seat.tenant == TENANT, Seat.role == role)
            there = await session.scalar(query.limit(1))
        if there is None:
            said = {"role": role, "person": name, "city": TENANT, "from": day}
            await clerks.appoint(house, said, lambda *_: None)


async def _found(house: House, plan: Plan, now: datetime, advance: Advance) -> str:
    parsed = sheet.parse(plan.roster, today(now))
    async with house.db.write() as session:
        vault = house.keys.vault
        made = await founding.association(session, vault, TENANT, plan.name, plan.slug, plan.contact, now)

        def progress(done: int, total: int) -> None:
            advance(plan.name, done, total)

        await roster.apply(session, vault, TENANT, made.id, parsed, None, now, progress)
    return made.id


async def new_year(house: House, town: Town) -> None:
    """The rosters of another fiscal year: the same people, and terms that run today."""
    now = house.clock()
    for plan in town.associations:
        parsed = sheet.parse(plan.roster, today(now))
        async with house.db.write() as session:
            query = select(Association.id).where(Association.tenant == TENANT, Association.slug == plan.slug)
            if (id := await session.scalar(query)) is not None:
                vault = house.keys.vault
                await roster.apply(session, vault, TENANT, id, parsed, None, now, really=True)


async def owners(house: House, associations: Sequence[str], random: Random) -> list[Owner]:
    """Who gets a phone, of people with and without a mailbox; the homes left are the visitors' to be."""
    chosen: list[Owner] = []
    async with house.db.read() as session:
        for place, association in enumerate(associations):
            share = PHONES_ELSEWHERE if place else PHONES_HERE
            adults = await _youngest(session, house.clock(), association)
            picked = [each for each in adults if random.random() < share]
            chosen += [(association, *each) for each in picked]
    return chosen


async def _youngest(session: AsyncSession, now: datetime, association: str) -> list[tuple[str, str, str]]:
    """(household, person, phone) of the youngest grown-up of each household that does not want paper."""
    query = (
        select(Household.id, Person.id, Person.name)
        .join(Resident, (Resident.tenant == Household.tenant) & (Resident.household == Household.id))
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
        .join(Block, (Block.tenant == Household.tenant) & (Block.id == Household.block))
        .where(Household.tenant == TENANT, Household.association == association)
        .where(Household.paper.is_(False), Person.born <= today(now).year - 18)
        .order_by(Block.position, Household.walk, Person.born)
    )
    youngest = {household: (person, name) for household, person, name in await session.execute(query)}
    return [(household, person, f"{name}のスマートフォン") for household, (person, name) in youngest.items()]
