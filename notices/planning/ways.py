"""By which way a home can be told now, and why by none: what forecast.py and reachability.py count, as one expression.

A home is told when one person of it is. Where nobody can be, the reason that is easiest to mend is given.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Exists, Text, and_, case, cast, exists, func, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from notices.healing import silence
from notices.healing.silence import silent
from notices.ladder import steps
from notices.models import Address, Device, Household, Lane, Person, Proxy, Resident
from notices.planning import carried
from notices.planning.soon import awake_at, leaves_by
from notices.proxies.acting import open_
from notices.waits import LONGEST_PAUSE

WELL: Final = "well"
SLOW: Final = "slow"
"""There is a live way, but it does not look prompt."""
WITHOUT: Final = ("line-quota", "gone", "failing", "no-push", "stopped", "never")
"""Why there is none: the month's messages of the only channel are used up, the address is dead, is refused again and again,
there is a phone without push and nothing else, its person has stopped it, there never was any."""

HALF_HOUR: Final = timedelta(minutes=30)

_OURS: Final = ("stopped", "replaced", "device-revoked")
"""Reasons of an address that is at its end without being out of order."""


@dataclass(frozen=True, slots=True)
class About:
    """What is to be told, as far as it is known: people wish messages of one of their associations, or of some topics."""

    association: str | None
    topic: str | None = None
    urgency: str = "ordinary"
    ends: datetime | None = None
    """Its deadline or expiry, whichever is first."""
    spent: tuple[str, ...] = ()
    """Channels that take nothing more this month."""


def way(prompt: ColumnElement[bool], about: About) -> ColumnElement[str]:
    """WELL, SLOW or one of WITHOUT, for the Household of the statement. `prompt` speaks of Address."""
    takes = taking(about)
    spent = [(_has(taking(replace(about, spent=()))), "line-quota")] if about.spent else []
    return case(
        (_has(and_(takes, prompt)), WELL),
        (_has(takes), SLOW),
        *spent,
        (_has(and_(Address.state == "gone", Address.reason.not_in(_OURS))), "gone"),
        (_has(Address.state == "suppressed"), "failing"),
        (_has(or_(Address.state == "live", Address.reason.in_(carried.BY_ITS_OWNER))), "stopped"),
        (_has_phone(), "no-push"),
        else_="never",
    )


def way_or_none(about: About) -> ColumnElement[str]:
    """WELL or "never": without the reasons, at a quarter of the cost, for what is counted while an officer publishes."""
    return case((_has(taking(about)), WELL), else_="never")


async def open_soon(session: AsyncSession, about: About, now: datetime) -> ColumnElement[bool]:
    """Of Address: its destination does not rest beyond the next half hour, and its person is not asleep when it opens
    again. An emergency keeps no rest but one that was asked for.
    """
    resting = select(Lane.paused_until, Lane.channel, Lane.name).where(
        Lane.paused_until > now, Lane.paused_until < now + LONGEST_PAUSE
    )
    if about.urgency == "emergency":
        resting = resting.where(Lane.asked.is_(True))
    shut: list[tuple[str, str]] = []
    opening: dict[datetime, list[tuple[str, str]]] = defaultdict(list)
    for until, channel, name in await session.execute(resting):
        if until is None or until > now + HALF_HOUR:
            shut.append((channel, name))
        else:
            opening[until.replace(second=0, microsecond=0)].append((channel, name))
    where = tuple_(Address.channel, Address.lane)
    awake = [
        or_(where.not_in(lanes), _its_person(Address, awake_at(about.urgency, at, about.ends)))
        for at, lanes in sorted(opening.items())
    ]
    return and_(where.not_in(shut), *awake)


def taking(about: About, address: type[Address] = Address) -> ColumnElement[bool]:
    """Of Address: a message like this one is sent there, now or later."""
    live = carried.takes_any(about.urgency, address)
    if about.spent:
        live = and_(live, address.channel.not_in(about.spent))
    if about.urgency == "emergency":
        return live
    wishes: list[ColumnElement[bool]] = [Person.area.is_(None) | (Person.area == about.association)]
    if about.topic is None:
        return and_(live, _its_person(address, *wishes))
    wishes.append(~Person.muted.contains(f",{about.topic},", autoescape=True))
    stopped = func.coalesce(cast(address.stopped_topics, Text), "")
    return and_(live, ~stopped.contains(f'"{about.topic}"', autoescape=True), _its_person(address, *wishes))


def goes_at_once(about: About, now: datetime) -> ColumnElement[bool]:
    """Of Address: a message leaves for it by the next half hour, as far as it is for its person to say: it is of the
    channel by which they hear first (ladder/steps.py), a quiet phone apart, and they neither sleep nor wait for a bundle.
    """
    if about.urgency == "emergency":
        return used_lately(now)
    leaves = leaves_by(about.urgency, now, HALF_HOUR, about.ends)
    return and_(used_lately(now), _is_first(about, now), _its_person(Address, leaves))


async def told_first_by(
    session: AsyncSession, homes: ColumnElement[bool], about: About, channel: str, now: datetime
) -> int:
    """How many of those who live in these homes hear by this channel: of an emergency all whom it reaches."""
    first = true() if about.urgency == "emergency" else _is_first(about, now)
    query = (
        select(func.count(Address.person.distinct()))
        .join(Resident, (Resident.tenant == Address.tenant) & (Resident.person == Address.person))
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(homes, Resident.until.is_(None), Address.channel == channel, taking(about), first)
    )
    return (await session.execute(query)).scalar_one()


def _is_first(about: About, now: datetime) -> ColumnElement[bool]:
    """Of Address: its person has no better channel, a quiet phone apart."""
    better = aliased(Address)
    return ~exists().where(
        better.tenant == Address.tenant,
        better.person == Address.person,
        taking(about, better),
        _rank(better.channel) < _rank(Address.channel),
        _used_lately(better, now),
    )


def _its_person(address: type[Address], *wishes: ColumnElement[bool]) -> Exists:
    return exists().where(Person.tenant == address.tenant, Person.id == address.person, *wishes)


def _rank(channel: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[int]:
    return case({name: place for place, name in enumerate(steps.CHANNELS)}, value=channel, else_=9)


def used_lately(now: datetime) -> ColumnElement[bool]:
    """Of Address: a mailbox, or a push to somebody who was heard of since silence.QUIET."""
    return _used_lately(Address, now)


def _used_lately(address: type[Address], now: datetime) -> ColumnElement[bool]:
    return or_(address.channel != "push", ~silent(address.tenant, address.person, now))


def asked_in_vain(now: datetime) -> ColumnElement[bool]:
    """Of Household: somebody of it was asked whether all is well, as often as we ask, and did not open the app."""
    push = and_(Address.state == "live", Address.channel == "push")
    return _has(and_(push, silence.asked_in_vain(Address.tenant, Address.person, now, silence.AGAIN)))


def here(tenant: str, association: str, blocks: Sequence[str] | None = None) -> ColumnElement[bool]:
    """Of Household: it is in the audience today."""
    there = and_(
        Household.tenant == tenant, Household.association == association, Household.left_at.is_(None)
    )
    return there if blocks is None else and_(there, Household.block.in_(blocks))


def _has(of_address: ColumnElement[bool]) -> ColumnElement[bool]:
    # Nested, not joined: SQLite would go through every address of the city for each household.
    address = exists().where(Address.tenant == Resident.tenant, Address.person == Resident.person, of_address)
    by_proxy = exists().where(Address.tenant == Proxy.tenant, Address.person == Proxy.person, of_address)
    theirs = and_(Proxy.tenant == Resident.tenant, Proxy.represented == Resident.person)
    return or_(_somebody(address), _somebody(exists().where(theirs, Proxy.receive, open_(), by_proxy)))


def _has_phone() -> Exists:
    phone = exists().where(
        Device.tenant == Resident.tenant, Device.person == Resident.person, Device.revoked_at.is_(None)
    )
    return _somebody(phone)


def _somebody(of_resident: Any) -> Exists:
    return exists().where(
        Resident.tenant == Household.tenant,
        Resident.household == Household.id,
        Resident.until.is_(None),
        of_resident,
    )
