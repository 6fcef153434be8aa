"""By which way a home can be told now, and why by none: what forecast.py and reachability.py count, as one expression.

A home is told when one person of it is. Where nobody can be, the reason that is easiest to mend is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Exists, and_, case, exists, false, func, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from notices.healing import silence
from notices.healing.silence import silent
from notices.ladder import steps
from notices.models import Address, Device, Household, Lane, Person, Resident
from notices.tokyo import TOKYO

WELL: Final = "well"
SLOW: Final = "slow"
"""There is a live way, but it does not look prompt."""
WITHOUT: Final = ("gone", "failing", "no-push", "stopped", "never")
"""Why there is none: the address is dead, is refused again and again, there is a phone without push and nothing else,
its person has stopped it, there never was any."""

HALF_HOUR: Final = timedelta(minutes=30)

_OURS: Final = ("stopped", "replaced", "device-revoked")
"""Reasons of an address that is at its end without being out of order."""


@dataclass(frozen=True, slots=True)
class About:
    """What is to be told, as far as it is known: people wish messages of one of their associations, or of some topics."""

    association: str | None
    topic: str | None = None
    urgency: str = "ordinary"


def way(prompt: ColumnElement[bool], about: About) -> ColumnElement[str]:
    """WELL, SLOW or one of WITHOUT, for the Household of the statement. `prompt` speaks of Address."""
    live = Address.state == "live"
    return case(
        (_has(and_(live, prompt, wanted(about))), WELL),
        (_has(and_(live, wanted(about))), SLOW),
        (_has(and_(Address.state == "gone", Address.reason.not_in(_OURS))), "gone"),
        (_has(Address.state == "suppressed"), "failing"),
        (_has(or_(live, Address.reason == "stopped")), "stopped"),
        (_has_phone(), "no-push"),
        else_="never",
    )


def way_or_none(about: About) -> ColumnElement[str]:
    """WELL or "never": without the reasons, at a quarter of the cost, for what is counted while an officer publishes."""
    return case((_has(and_(Address.state == "live", wanted(about))), WELL), else_="never")


async def open_soon(session: AsyncSession, now: datetime) -> ColumnElement[bool]:
    """Of Address: its destination does not rest beyond the next half hour."""
    resting = select(Lane.channel, Lane.name).where(Lane.paused_until > now + HALF_HOUR)
    rows = (await session.execute(resting)).all()
    return tuple_(Address.channel, Address.lane).not_in([tuple(row) for row in rows])


def wanted(about: About) -> ColumnElement[bool]:
    """Of Address: its person wants messages like this one. An emergency asks nobody."""
    if about.urgency == "emergency":
        return true()
    wishes: list[ColumnElement[bool]] = [Person.area.is_(None) | (Person.area == about.association)]
    if about.topic is not None:
        wishes.append(~Person.muted.contains(f",{about.topic},", autoescape=True))
    return _its_person(*wishes)


def goes_at_once(about: About, now: datetime) -> ColumnElement[bool]:
    """Of Address: a message leaves for it by the next half hour, as far as it is for its person to say: it is of the
    channel by which they hear first (ladder/steps.py), a quiet phone apart, they do not sleep, and wait for no bundle
    (hours.py).
    """
    if about.urgency == "emergency":
        return true()
    better = aliased(Address)
    first = ~exists().where(
        better.tenant == Address.tenant,
        better.person == Address.person,
        better.state == "live",
        _rank(better.channel) < _rank(Address.channel),
        _used_lately(better, now),
    )
    wishes: list[ColumnElement[bool]] = [~asleep(now), ~asleep(now + HALF_HOUR)]
    if about.urgency == "ordinary":
        wishes.append(Person.digest == "now")
    return and_(used_lately(now), first, _its_person(*wishes))


def _its_person(*wishes: ColumnElement[bool]) -> Exists:
    return exists().where(Person.tenant == Address.tenant, Person.id == Address.person, *wishes)


def _rank(channel: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[int]:
    return case({name: place for place, name in enumerate(steps.CHANNELS)}, value=channel, else_=9)


def asleep(at: datetime) -> ColumnElement[bool]:
    """Of Person: these are their quiet hours."""
    local = at.astimezone(TOKYO)
    minute = local.hour * 60 + local.minute
    begins, ends = Person.quiet_from, Person.quiet_to
    by_day = and_(begins < ends, begins <= minute, ends > minute)
    by_night = and_(begins > ends, or_(begins <= minute, ends > minute))
    return func.coalesce(or_(by_day, by_night), false())


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


def _has(of_address: ColumnElement[bool]) -> Exists:
    # Nested, not joined: SQLite would go through every address of the city for each household.
    address = exists().where(Address.tenant == Resident.tenant, Address.person == Resident.person, of_address)
    return _somebody(address)


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
