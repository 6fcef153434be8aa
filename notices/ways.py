"""By which way a home can be told now, and why by none: what forecast.py and reachability.py count, as one expression.

A home is told when one person of it is. Where nobody can be, the reason that is easiest to mend is given.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Exists, and_, case, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Address, Device, Household, Lane, Resident

WELL: Final = "well"
SLOW: Final = "slow"
"""There is a live way, but it does not look prompt."""
WITHOUT: Final = ("gone", "failing", "no-push", "stopped", "never")
"""Why there is none: the address is dead, is refused again and again, there is a phone without push and nothing else,
its person has stopped it, there never was any."""

HALF_HOUR: Final = timedelta(minutes=30)
QUIET: Final = timedelta(days=60)
"""A phone that has not been seen for so long may lie in a drawer, though its push service still takes what we send."""

_OURS: Final = ("stopped", "replaced", "device-revoked")
"""Reasons of an address that is at its end without being out of order."""


def way(prompt: ColumnElement[bool]) -> ColumnElement[str]:
    """WELL, SLOW or one of WITHOUT, for the Household of the statement. `prompt` speaks of Address."""
    live = Address.state == "live"
    return case(
        (_has(and_(live, prompt)), WELL),
        (_has(live), SLOW),
        (_has(and_(Address.state == "gone", Address.reason.not_in(_OURS))), "gone"),
        (_has(Address.state == "suppressed"), "failing"),
        (_has(and_(Address.state != "live", Address.reason == "stopped")), "stopped"),
        (_has_phone(), "no-push"),
        else_="never",
    )


def way_or_none() -> ColumnElement[str]:
    """WELL or "never": without the reasons, at a quarter of the cost, for what is counted while an officer publishes."""
    return case((_has(Address.state == "live"), WELL), else_="never")


async def open_soon(session: AsyncSession, now: datetime) -> ColumnElement[bool]:
    """Of Address: its destination does not rest beyond the next half hour."""
    resting = select(Lane.channel, Lane.name).where(Lane.paused_until > now + HALF_HOUR)
    rows = (await session.execute(resting)).all()
    return tuple_(Address.channel, Address.lane).not_in([tuple(row) for row in rows])


def used_lately(now: datetime) -> ColumnElement[bool]:
    """Of Address: a mailbox, or a push to a phone that was seen since QUIET."""
    seen = exists().where(
        Device.tenant == Address.tenant,
        Device.id == Address.device,
        func.coalesce(Device.seen_at, Device.created_at) >= now - QUIET,
    )
    return or_(Address.channel != "push", seen)


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
