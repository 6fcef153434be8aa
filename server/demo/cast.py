"""Who plays in `--once`: chosen from the roster file, never from the database that is to be judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

from sqlalchemy import select

from notices.models import Household, Person, Resident
from notices.tokyo import today
from server.demo.enrolment import Enrolled, enrol_all
from server.demo.evidence import Door, Home, Member
from server.demo.running import TENANT
from server.demo.settling import Owner
from server.house import House
from server.sinks.push import PushSink

WITH_PHONE: Final = 0.6
SECOND_PHONE: Final = 0.15
TRAVELLERS: Final = 3


@dataclass(frozen=True, slots=True)
class Cast:
    """`travellers`: three homes whose phones lose the network; `on_paper`: the one the leader of its block visits."""

    president: Home
    leader: Home
    on_paper: Home
    travellers: Sequence[Home]
    owners: Sequence[tuple[Home, Member]]
    """Everybody else who has a phone."""


def cast(homes: Sequence[Home], now: datetime, random: Random) -> Cast:
    president = next(home for home in homes if "会長" in home.members[0].title.split())
    paper = [home for home in homes if home.paper and home is not president] or list(homes[1:])
    on_paper = min(paper, key=lambda home: bool(home.mails()))
    block = on_paper.door[0]
    leader = next(home for home in homes if home.door[0] == block and "班長" in home.members[0].title.split())
    taken = {president.door, leader.door, on_paper.door}
    free = [home for home in homes if home.door not in taken and not home.paper]
    travellers = free[:: max(1, len(free) // TRAVELLERS)][:TRAVELLERS]
    others = [home for home in free if home not in travellers]
    return Cast(president, leader, on_paper, travellers, _owners(others, now, random))


def _owners(homes: Sequence[Home], now: datetime, random: Random) -> list[tuple[Home, Member]]:
    owners: list[tuple[Home, Member]] = []
    for home in homes:
        adults = [member for member in home.members if today(now).year - member.born >= 18]
        adults.sort(key=lambda member: -member.born)
        if random.random() < WITH_PHONE:
            owners += [(home, member) for member in adults[: 1 + (random.random() < SECOND_PHONE)]]
    return owners


async def give_phones(
    house: House, push: PushSink, association: str, owners: Sequence[tuple[Home, Member]]
) -> dict[Door, dict[str, str]]:
    """Enrols them all. The names of their subscriptions, by household, each with its owner's number in the roster."""
    here = await _people(house, association)
    by_person = {here[member.number][1]: (home.door, member.number) for home, member in owners}
    wanted: list[Owner] = [(association, *here[member.number], member.name) for _, member in owners]
    made: list[Enrolled] = await enrol_all(house, push, wanted, house.clock(), lambda _: None)
    phones: dict[Door, dict[str, str]] = {}
    for phone in made:
        door, number = by_person[phone.person]
        phones.setdefault(door, {})[phone.device] = number
    return phones


async def _people(house: House, association: str) -> dict[str, tuple[str, str]]:
    """Number in the roster → (household, person)."""
    query = (
        select(Person.number, Household.id, Person.id)
        .join(Resident, (Resident.tenant == Person.tenant) & (Resident.person == Person.id))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Person.tenant == TENANT, Household.association == association)
    )
    async with house.db.read() as session:
        rows = (await session.execute(query)).all()
    return {number: (household, person) for number, household, person in rows if number}


async def person(house: House, association: str, member: Member) -> str:
    return (await _people(house, association))[member.number][1]
