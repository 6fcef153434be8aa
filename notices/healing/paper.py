"""In the end to paper: a home of which nothing is heard any more, or whose mail only comes back, gets the sheet by itself,
and its leader sees it.

It comes back by itself, too: with the first sync of a phone of anybody there, or with a mail or LINE address that works.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Exists, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due
from notices.healing import silence
from notices.healing.questions import may_ask
from notices.models import Address, Device, Household, Resident
from notices.planning.carried import BOUNCED, BY_ITS_OWNER
from notices.records import projection
from notices.records.projection import Touched
from notices.vault import Vault

HEARD: Final = "heard"
"""Of due rows: `heard <household>`: somebody there has opened the app."""
AT_ONCE: Final = 100
"""Homes in one transaction."""
_WAIT: Final = silence.AGAIN + silence.GIVEN_UP
"""Since the last question: one month to answer it, one for officers to help."""
_DEAD: Final = silence.QUIET
"""Since a mailbox was given up: officers have had the home on their list for so long."""
_LOST: Final = silence.QUIET + silence.AGAIN + _WAIT
"""The same for a phone that could not be asked, because its subscription is dead."""


async def next_to_fall(session: AsyncSession, tenant: str, now: datetime) -> Sequence[str]:
    """At most AT_ONCE homes that are given up. Looked for without keeping other writers waiting."""
    query = select(Household.id).where(Household.tenant == tenant, *_given_up(now)).order_by(Household.id)
    return (await session.scalars(query.limit(AT_ONCE))).all()


async def fall(session: AsyncSession, vault: Vault, tenant: str, of: Sequence[str], now: datetime) -> int:
    """Those of these homes that are still given up fall to paper. → how many."""
    if not of or not await may_ask(session, tenant):
        return 0
    query = select(Household).where(Household.tenant == tenant, Household.id.in_(of), *_given_up(now))
    homes = (await session.scalars(query.order_by(Household.id).with_for_update(skip_locked=True))).all()
    for home in homes:
        home.fell_at = now
        await audit.write(session, tenant, None, "household.fell-to-paper", home.id, {}, now)
    await _refresh(session, vault, tenant, homes, now)
    return len(homes)


async def heard(session: AsyncSession, tenant: str, people: Collection[str], now: datetime) -> None:
    """They have opened the app: a due row for each home of theirs that is on paper by itself, or was kept off it."""
    theirs = select(Resident.household).where(
        Resident.tenant == tenant, Resident.person.in_(people), Resident.until.is_(None)
    )
    homes = select(Household.id).where(Household.tenant == tenant, Household.id.in_(theirs), _marked())
    for home in await session.scalars(homes.order_by(Household.id)):
        await due.put(session, tenant, HEARD, home, now)


async def mended(session: AsyncSession, tenant: str, now: datetime) -> Sequence[str]:
    """At most AT_ONCE homes on paper by themselves that have another way by now, or were heard of."""
    seen = _somebody(silence.seen_since(Resident.tenant, Resident.person, now - silence.QUIET))
    query = select(Household.id).where(Household.tenant == tenant, Household.fell_at.is_not(None))
    query = query.where(or_(_somebody(_live("mail", "line")), seen)).order_by(Household.id)
    return (await session.scalars(query.limit(AT_ONCE))).all()


async def come_back(
    session: AsyncSession, vault: Vault, tenant: str, of: Sequence[str], now: datetime
) -> int:
    """These homes are as if they had never fallen silent. → how many had fallen, or were kept off paper."""
    query = select(Household).where(Household.tenant == tenant, Household.id.in_(of), _marked())
    homes = (await session.scalars(query.order_by(Household.id).with_for_update())).all()
    for home in homes:
        if home.fell_at is not None:
            await audit.write(session, tenant, None, "household.back-from-paper", home.id, {}, now)
        home.fell_at, home.stays_off_paper = None, False
    await _refresh(session, vault, tenant, homes, now)
    return len(homes)


async def _refresh(
    session: AsyncSession, vault: Vault, tenant: str, homes: Sequence[Household], now: datetime
) -> None:
    """Officers and leaders see it by sync."""
    await projection.refresh(session, vault, tenant, Touched(households={home.id for home in homes}), now)


def _given_up(now: datetime) -> Sequence[ColumnElement[bool]]:
    """Of Household."""
    off = (Household.left_at.is_(None), ~Household.on_paper, Household.stays_off_paper.is_(False))
    return (*off, ~_somebody(_live("mail", "line")), or_(_silent(now), _returned(now)))


def _returned(now: datetime) -> ColumnElement[bool]:
    """Of Household: nobody there has a phone, and all mail to them has come back for good, long ago. Whoever stopped their
    own mail, or whose mailbox only rests, is not given up.
    """
    lost = and_(
        Address.state == "suppressed", Address.reason == BOUNCED, Address.suppressed_at <= now - _DEAD
    )
    gone = or_(lost, Address.state == "gone", and_(Address.state == "off", ~_by_its_owner()))
    return and_(~_somebody(_device()), _somebody(_address(lost)), ~_somebody(_address(~gone)))


def _by_its_owner() -> ColumnElement[bool]:
    """Of Address that is off: in the app, which writes no reason, or by the link in a mail."""
    return or_(Address.reason.is_(None), Address.reason.in_(BY_ITS_OWNER))


def _silent(now: datetime) -> ColumnElement[bool]:
    """Of Household: on the phone alone; nobody there was heard of, and who could be asked was asked in vain."""
    in_vain = silence.asked_in_vain(Resident.tenant, Resident.person, now, _WAIT)
    return and_(
        _somebody(_device()),
        ~_somebody(silence.seen_since(Resident.tenant, Resident.person, now - _LOST)),
        ~_somebody(and_(_live("push"), ~in_vain)),
    )


def _device() -> Exists:
    """Of Resident: they have a phone."""
    return exists().where(
        Device.tenant == Resident.tenant, Device.person == Resident.person, Device.revoked_at.is_(None)
    )


def _live(*channels: str) -> Exists:
    """Of Resident: somebody with such an address that takes messages."""
    return _address(and_(Address.channel.in_(channels), Address.state == "live"))


def _address(such: ColumnElement[bool]) -> Exists:
    return exists().where(Address.tenant == Resident.tenant, Address.person == Resident.person, such)


def _marked() -> ColumnElement[bool]:
    return or_(Household.fell_at.is_not(None), Household.stays_off_paper)


def _somebody(of_resident: ColumnElement[bool]) -> Exists:
    return exists().where(
        Resident.tenant == Household.tenant,
        Resident.household == Household.id,
        Resident.until.is_(None),
        of_resident,
    )
