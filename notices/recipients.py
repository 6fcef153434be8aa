"""Who of a home is reached where, and what they wish: read for many homes in one statement."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.hours import Wishes
from notices.ladder import steps
from notices.models import Address, Notice, Person, Resident


@dataclass(frozen=True, slots=True)
class Target:
    """One live address of one person, in one of their homes."""

    household: str
    person: str
    address: str
    channel: str
    lane: str
    lookup: bytes
    wishes: Wishes


async def targets(
    session: AsyncSession, notice: Notice, households: Sequence[str]
) -> Mapping[str, Sequence[Target]]:
    """Household → every live address of whoever wants messages like this one. An emergency asks nobody."""
    query = (
        select(Resident.household, Person.id, Address.id, Address.channel, Address.lane, Address.lookup)
        .add_columns(Person.quiet_from, Person.quiet_to, Person.digest, Person.digest_hour, Person.digest_day)
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
        .join(Address, (Address.tenant == Person.tenant) & (Address.person == Person.id))
        .where(Resident.tenant == notice.tenant, Resident.household.in_(households), Resident.until.is_(None))
        .where(Person.ended_at.is_(None), Address.state == "live")
        .order_by(Resident.household, Person.id, Address.id)
    )
    if notice.urgency != "emergency":
        query = query.where(~Person.muted.contains(f",{notice.topic},", autoescape=True))
        if notice.association is not None:
            query = query.where(Person.area.is_(None) | (Person.area == notice.association))
    found: dict[str, list[Target]] = defaultdict(list)
    for row in await session.execute(query):
        wishes = Wishes(row[6], row[7], row[8], row[9], row[10])
        found[row[0]].append(Target(row[0], row[1], row[2], row[3], row[4], row[5], wishes))
    return found


def firsts(of_a_home: Iterable[Target], urgency: str) -> list[Target]:
    """Of each person, the addresses of the channel by which they hear first."""
    each = list(of_a_home)
    channels: dict[str, set[str]] = defaultdict(set)
    for target in each:
        channels[target.person].add(target.channel)
    first = {person: steps.first_channels(urgency, theirs) for person, theirs in channels.items()}
    return [target for target in each if target.channel in first[target.person]]
