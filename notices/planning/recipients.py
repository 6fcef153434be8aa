"""Who of a home is reached where, and what they wish: read for many homes in one statement, and for proxies in another."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Date,
    FromClause,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.types import NullType

from notices import many, packed
from notices.healing.silence import QUIET, silent_since
from notices.ladder import steps
from notices.ladder.hours import Wishes
from notices.many import Bare
from notices.models import Address, Device, Notice, Person, Proxy, Resident
from notices.planning import carried
from notices.planning.sharing import Target
from notices.proxies.acting import stands
from notices.tokyo import today

_resident, _person, _address = Resident.__table__.c, Person.__table__.c, Address.__table__.c
_its_person = itemgetter(1)


async def targets(
    session: AsyncSession, notice: Notice, households: Sequence[str], now: datetime
) -> Mapping[str, Sequence[Target]]:
    """Household → every address that may carry this notice, with whether it is wanted there, and whether anybody looks.

    In letters, also inside; for few homes. A plan reads them bare.
    """
    found = await read(session, notice, many.bared(session, households), now)
    return {many.text_of(home): [_lettered(target) for target in here] for home, here in found.items()}


def _lettered(target: Target) -> Target:
    household, person, address = map(many.text_of, target[:3])
    return target._replace(household=household, person=person, address=address)


async def read(
    session: AsyncSession, notice: Notice, households: Sequence[Bare], now: datetime
) -> dict[Bare, list[Target]]:
    """The same, bare. Each person's addresses stand together."""
    await session.flush()
    given = {"tenant": notice.tenant, "households": many.listed(session, households), "heard": now - QUIET}
    urgency = "emergency" if notice.urgency == "emergency" else ""
    query = _query(many.embedded(session), urgency)
    # Of the connection: the session would look at each row.
    connection = await session.connection()
    kinds = [*await connection.execute(query, given)]
    others = _query(many.embedded(session), urgency, by_proxy=True)
    kinds += await connection.execute(others, given | {"day": today(now)})
    found: dict[Bare, list[Target]] = defaultdict(list)
    for channel, lane, quiet, *said in kinds:
        wishes, takes, quiet = Wishes(*said[:5]), _takes(notice, *said[5:8]), bool(quiet)
        for household, person, address, lookup in packed.apart(said[8:], 4):
            target = Target(household, person, address, channel, lane, lookup, wishes, takes, quiet)
            found[household].append(target)
    for here in found.values():
        if len(here) > 1:
            here.sort()
    return found


@cache
def _query(embedded: bool, urgency: str, *, by_proxy: bool = False) -> Select[*tuple[Any, ...]]:
    """Whoever wishes alike and is reached alike is one row, however many they are."""
    who = (_representing if by_proxy else _living)(embedded)
    heard = bindparam("heard", type_=Device.created_at.type)
    quiet = and_(_address.channel == "push", silent_since(_address.tenant, _address.person, heard))
    when = (_person.quiet_from, _person.quiet_to, _person.digest, _person.digest_hour, _person.digest_day)
    rows = (
        select(_address.channel, _address.lane, quiet.label("quiet"), *when)
        .add_columns(_person.muted, _person.area, cast(_address.stopped_topics, String).label("stopped"))
        .add_columns(who.c.household, _person.id, _address.id.label("address"), _address.lookup)
        .select_from(who)
        .join(Person.__table__, (_person.tenant == who.c.tenant) & (_person.id == who.c.person))
        .join(Address.__table__, (_address.tenant == who.c.tenant) & (_address.person == who.c.person))
        .where(_person.ended_at.is_(None), carried.takes_any(urgency))
    ).subquery()
    *alike, household, person, address, lookup = rows.c
    whom = packed.gathered(household, person, address, lookup, embedded=embedded)
    return select(*(type_coerce(column, NullType()) for column in alike), *whom).group_by(*alike)


def _living(embedded: bool) -> FromClause:
    return _homes(_resident.person, embedded).subquery()


def _representing(embedded: bool) -> FromClause:
    """The proxies of who lives there, gathered first: a database that has not counted its tables would take each address
    of the town, and look which home it belongs to. Who lives there too by now is among its people already."""
    lives = aliased(Resident)
    too = exists().where(
        lives.tenant == _resident.tenant,
        lives.household == _resident.household,
        lives.person == Proxy.person,
        lives.until.is_(None),
    )
    theirs = and_(Proxy.tenant == _resident.tenant, Proxy.represented == _resident.person)
    query = _homes(Proxy.person, embedded).join(Proxy.__table__, theirs)
    query = query.where(Proxy.receive.is_(True), stands(bindparam("day", type_=Date())), ~too)
    return query.distinct().cte().prefix_with("MATERIALIZED")


def _homes(who: Any, embedded: bool) -> Select[*tuple[Any, ...]]:
    query = select(_resident.tenant, _resident.household, who.label("person")).select_from(Resident.__table__)
    query = query.where(_resident.tenant == bindparam("tenant"), _resident.until.is_(None))
    return query.where(many.among(_resident.household, "households", embedded=embedded))


def _takes(notice: Notice, muted: str, area: Bare | None, stopped: str | None) -> bool:
    if notice.urgency != "emergency" and notice.topic in (json.loads(stopped or "null") or ()):
        return False
    its = many.text_of(area) if area is not None else None
    return carried.unwanted(notice.urgency, notice.topic, notice.association, muted, its) is None


def firsts(of_a_home: Iterable[Target], notice: Notice) -> list[Target]:
    """Of each person, the addresses of the channel by which they hear first; of somebody whose phone is quiet, those of
    the next one beside it. Of somebody who wants no message like this one, those of the channel by which they would: it
    is written down there why they hear nothing. Each person's stand together.
    """
    chosen: list[Target] = []
    for _, each in groupby(of_a_home, _its_person):
        theirs = list(each)
        chosen += theirs if len(theirs) == 1 else _first(theirs, notice)
    return chosen


def _first(theirs: Sequence[Target], notice: Notice) -> list[Target]:
    """Of one person."""
    wanted = [target for target in theirs if target.takes] or theirs
    every, heard = {each.channel for each in wanted}, {each.channel for each in wanted if not each.quiet}
    channels = {
        *steps.first_channels(notice.urgency, every, notice.kind),
        *steps.first_channels(notice.urgency, heard, notice.kind),
    }
    return [target for target in wanted if target.channel in channels]
