"""Who of a home is reached where, and what they wish: read for many homes in one statement."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.healing.silence import silent
from notices.ladder import steps
from notices.ladder.hours import Wishes
from notices.models import Address, Notice, Person, Resident
from notices.planning import carried
from notices.planning.sharing import Target


async def targets(
    session: AsyncSession, notice: Notice, households: Sequence[str], now: datetime
) -> Mapping[str, Sequence[Target]]:
    """Household → every address that may carry this notice, with whether it is wanted there, and whether anybody looks."""
    quiet = and_(Address.channel == "push", silent(Address.tenant, Address.person, now))
    query = (
        select(Resident.household, Person.id, Address.id, Address.channel, Address.lane, Address.lookup)
        .add_columns(Person.quiet_from, Person.quiet_to, Person.digest, Person.digest_hour, Person.digest_day)
        .add_columns(quiet, Person.muted, Person.area, Address.stopped_topics)
        .join(Person, (Person.tenant == Resident.tenant) & (Person.id == Resident.person))
        .join(Address, (Address.tenant == Person.tenant) & (Address.person == Person.id))
        .where(Resident.tenant == notice.tenant, Resident.household.in_(households), Resident.until.is_(None))
        .where(Person.ended_at.is_(None), carried.takes_any(notice.urgency))
        .order_by(Resident.household, Person.id, Address.id)
    )
    found: dict[str, list[Target]] = defaultdict(list)
    for row in await session.execute(query):
        wishes, takes = Wishes(*row[6:11]), _takes(notice, *row[12:])
        found[row[0]].append(Target(row[0], row[1], row[2], row[3], row[4], row[5], wishes, takes, row[11]))
    return found


def _takes(notice: Notice, muted: str, area: str | None, stopped: Sequence[str] | None) -> bool:
    if notice.urgency != "emergency" and notice.topic in (stopped or ()):
        return False
    return carried.unwanted(notice.urgency, notice.topic, notice.association, muted, area) is None


def firsts(of_a_home: Iterable[Target], urgency: str) -> list[Target]:
    """Of each person, the addresses of the channel by which they hear first; of somebody whose phone is quiet, those of
    the next one beside it. Of somebody who wants no message like this one, those of the channel by which they would: it
    is written down there why they hear nothing.
    """
    each = list(of_a_home)
    wanted = {target.person for target in each if target.takes}
    each = [target for target in each if target.takes or target.person not in wanted]
    channels: dict[str, set[str]] = defaultdict(set)
    heard: dict[str, set[str]] = defaultdict(set)
    for target in each:
        channels[target.person].add(target.channel)
        if not target.quiet:
            heard[target.person].add(target.channel)
    first = {
        person: {*steps.first_channels(urgency, theirs), *steps.first_channels(urgency, heard[person])}
        for person, theirs in channels.items()
    }
    return [target for target in each if target.channel in first[target.person]]
