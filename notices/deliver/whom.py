"""Whom a message is still for: looked at again as it leaves, a delivery at a time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many
from notices.deliver.in_hand import Claim
from notices.ladder.steps import FIRST, asks
from notices.many import Bare
from notices.models import Address, Delivery, Household, Notice, NoticeHousehold, Person, Proxy, Resident
from notices.planning import carried
from notices.proxies.acting import stands
from notices.tokyo import today
from sync import Question, ask

_deliveries = cast(Table, Delivery.__table__)
_addresses = cast(Table, Address.__table__)
_people = cast(Table, Person.__table__)
_homes = cast(Table, NoticeHousehold.__table__).alias("home")
_delivery, _address, _person, _home = _deliveries.c, _addresses.c, _people.c, _homes.c
_resident = cast(Table, Resident.__table__).c
_now_in = cast(Table, Household.__table__).alias("now_in").c
_was_in = cast(Table, Household.__table__).alias("was_in").c
_audience = cast(Table, NoticeHousehold.__table__).c


class Box(NamedTuple):
    """An address as it stands now."""

    id: str
    secret: bytes
    failures: int
    channel: str
    state: str
    reason: str | None
    stopped_topics: Sequence[str] | None


class Reader(NamedTuple):
    """A person as they stand now; `ended`: nobody of the town any more."""

    ended: bool
    locale: str
    digest: str
    muted: str
    area: str | None
    quiet_from: int | None
    quiet_to: int | None


class Recipient(NamedTuple):
    """One delivery of a message, as it stands now."""

    notice: str
    step: str
    address: Box | None
    person: Reader | None
    stamped: bool
    on_phone: bool
    """What is known by now of the home it counts for."""
    entitled: bool
    """Whether the person still lives in a home that the notice was for, or in another one of its association; or reads for
    somebody who does."""
    key: tuple[Bare, Bare, Bare]
    """Person, address, household of the delivery."""


async def recipients(
    session: AsyncSession, tenant: str, messages: Collection[Bare], now: datetime
) -> Mapping[Bare, Sequence[Recipient]]:
    """A message that two people share is sent as long as one of them is to have it."""
    given = {"tenant": tenant, "messages": many.listed(session, messages), "day": today(now)}
    found: dict[Bare, list[Recipient]] = defaultdict(list)
    texts: dict[Bare, str] = {}
    for row in await ask(session, _RECIPIENTS, **given):
        message, bare, step, stamped, phone, entitled, who, where, home, address, person, *rest = row
        if (notice := texts.get(bare)) is None:
            notice = texts[bare] = many.text_of(bare)
        box = None if address is None else Box(many.text_of(address), *rest[:_BOX])
        reader = None if person is None else Reader(*rest[_BOX:])
        key = (who, where, home)
        found[message].append(Recipient(notice, step, box, reader, stamped, phone, entitled, key))
    return found


_BOX = len(Box._fields) - 1


def notices_of(recipients: Mapping[Bare, Sequence[Recipient]]) -> Collection[str]:
    return {each.notice for of in recipients.values() for each in of}


def _recipients(dialect: str) -> Select[*tuple[Any, ...]]:
    """What is looked at again, and no more: each further column is read a thousand times in a batch."""
    query = select(
        many.bare(_delivery.message),
        many.bare(_delivery.notice),
        _delivery.step,
        _home.stamped_at.is_not(None),
        _home.on_phone_at.is_not(None),
        _entitled(),
        *(many.bare(_delivery.person), many.bare(_delivery.address), many.bare(_delivery.household)),
        many.bare(_address.id),
        many.bare(_person.id),
        *(_address.secret, _address.failures),
        *(_address.channel, _address.state, _address.reason, _address.stopped_topics),
        *(_person.ended_at.is_not(None), _person.locale, _person.digest, _person.muted, _person.area),
        *(_person.quiet_from, _person.quiet_to),
    )
    query = query.select_from(_with_whom_they_are_for()).where(
        _delivery.tenant == bindparam("tenant"),
        many.among(_delivery.message, "messages", embedded=dialect == "sqlite"),
    )
    return query.order_by(_delivery.message, _delivery.notice, _delivery.person, _delivery.household)


_RECIPIENTS: Final = Question(_recipients)


def _entitled() -> ColumnElement[bool]:
    """The next question is asked only where the last was answered no: of an OR, SQLite asks each part, of each message."""
    return case((_lives_there(), true()), (_lives_near(), true()), else_=_reads_for_them())


def _lives_there() -> ColumnElement[bool]:
    return exists().where(
        _resident.tenant == _delivery.tenant,
        _resident.person == _delivery.person,
        _resident.until.is_(None),
        _audience.tenant == _resident.tenant,
        _audience.notice == _delivery.notice,
        _audience.household == _resident.household,
    )


def _lives_near() -> ColumnElement[bool]:
    """Who left the home in the middle of it, by a split or for a neighbour's, was to be told and still is."""
    return exists().where(
        _resident.tenant == _delivery.tenant,
        _resident.person == _delivery.person,
        _resident.until.is_(None),
        _now_in.tenant == _resident.tenant,
        _now_in.id == _resident.household,
        _now_in.left_at.is_(None),
        _was_in.tenant == _delivery.tenant,
        _was_in.id == _delivery.household,
        _was_in.association == _now_in.association,
    )


def _reads_for_them() -> ColumnElement[bool]:
    """A proxy, on its days: for somebody who lives in a home that the notice was for.

    One question within the other: side by side, a database that has not counted its tables begins with all residents.
    """
    one_of_it = exists().where(
        _resident.tenant == Proxy.tenant,
        _resident.person == Proxy.represented,
        _resident.until.is_(None),
        _audience.tenant == _resident.tenant,
        _audience.notice == _delivery.notice,
        _audience.household == _resident.household,
    )
    one_of_it = one_of_it.correlate(Proxy.__table__, _deliveries)
    return exists().where(
        Proxy.tenant == _delivery.tenant,
        Proxy.person == _delivery.person,
        Proxy.receive.is_(True),
        # By the day, not by what the worker has written down: one that is late prolongs nothing.
        stands(bindparam("day", type_=Date)),
        one_of_it,
    )


def _with_whom_they_are_for() -> FromClause:
    """Deliveries, with the address, the person and the home of each, where they are still there."""
    here = and_(_address.tenant == _delivery.tenant, _address.id == _delivery.address)
    who = and_(_person.tenant == _delivery.tenant, _person.id == _delivery.person)
    home = and_(
        _home.tenant == _delivery.tenant,
        _home.notice == _delivery.notice,
        _home.household == _delivery.household,
    )
    joined = _deliveries.outerjoin(_addresses, here).outerjoin(_people, who)
    return joined.outerjoin(_homes, home)


def why_not(notice: Notice | None, claim: Claim, to: Recipient) -> str | None:
    """The reason not to send after all, a slug of REASONS; None where it is still right."""
    if notice is None or notice.state == "withdrawn":
        return "withdrawn"
    if notice.state == "expired":
        return "expired"
    if to.person is None or to.person.ended or not to.entitled:
        return "moved"
    if to.address is None:
        return "address-changed"
    if not carried.takes(to.address, claim.urgency, notice.topic):
        return carried.why_not(to.address)
    area, muted = to.person.area, to.person.muted
    if why := carried.unwanted(claim.urgency, notice.topic, notice.association, muted, area):
        return why
    return _proven(notice, to) if claim.digest or to.step != FIRST else None


def _proven(notice: Notice, to: Recipient) -> str | None:
    """What only repeats, or gathers, is needless once there is a proof: the same that ends the ladder."""
    if to.stamped:
        return "already-stamped"
    return "already-on-phone" if to.on_phone and not asks(notice.kind) else None
