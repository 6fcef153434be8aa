"""Whom a message is still for: looked at again as it leaves, a delivery at a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, load_only

from notices import many
from notices.ladder.steps import FIRST, asks
from notices.many import Bare
from notices.models import Address, Delivery, Message, Notice, NoticeHousehold, Person, Resident
from notices.planning import carried

_home = aliased(NoticeHousehold)

# What is looked at again, and no more: each further column is read a thousand times in a batch.
_ADDRESS: Final = (Address.channel, Address.secret, Address.state, Address.reason, Address.stopped_topics)
_PERSON: Final = (
    Person.ended_at,
    Person.locale,
    Person.digest,
    Person.area,
    Person.muted,
    Person.quiet_from,
    Person.quiet_to,
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One delivery of a message, as it stands now."""

    notice: str
    step: str
    address: Address | None
    person: Person | None
    stamped: bool
    on_phone: bool
    """What is known by now of the home it counts for."""
    entitled: bool
    """Whether the person still lives in a home that the notice was for."""
    household: Bare
    """The home it counts for."""


async def recipients(
    session: AsyncSession, tenant: str, messages: Sequence[str]
) -> dict[str, list[Recipient]]:
    """A message that two people share is sent as long as one of them is to have it."""
    lives = exists().where(
        Resident.tenant == Delivery.tenant,
        Resident.person == Delivery.person,
        Resident.until.is_(None),
        NoticeHousehold.tenant == Resident.tenant,
        NoticeHousehold.notice == Delivery.notice,
        NoticeHousehold.household == Resident.household,
    )
    query = (
        select(Delivery.message, Delivery.notice, Delivery.step, Address, Person)
        .add_columns(_home.stamped_at.is_not(None), _home.on_phone_at.is_not(None), lives)
        .add_columns(many.bare(Delivery.household))
        .outerjoin(Address, (Address.tenant == Delivery.tenant) & (Address.id == Delivery.address))
        .outerjoin(Person, (Person.tenant == Delivery.tenant) & (Person.id == Delivery.person))
        .outerjoin(
            _home,
            (_home.tenant == Delivery.tenant)
            & (_home.notice == Delivery.notice)
            & (_home.household == Delivery.household),
        )
        .where(Delivery.tenant == tenant, Delivery.message.in_(messages))
        .order_by(Delivery.message, Delivery.notice, Delivery.person, Delivery.household)
        .options(load_only(*_ADDRESS, raiseload=True), load_only(*_PERSON, raiseload=True))
    )
    found: dict[str, list[Recipient]] = defaultdict(list)
    for message, notice, step, address, person, stamped, phone, entitled, home in await session.execute(
        query
    ):
        to = Recipient(notice, step, address, person, bool(stamped), bool(phone), bool(entitled), home)
        found[message].append(to)
    return found


def why_not(notice: Notice | None, message: Message, to: Recipient) -> str | None:
    """The reason not to send after all, a slug of REASONS; None where it is still right."""
    if notice is None or notice.state == "withdrawn":
        return "withdrawn"
    if notice.state == "expired":
        return "expired"
    if to.person is None or to.person.ended_at is not None or not to.entitled:
        return "moved"
    if to.address is None:
        return "address-changed"
    if not carried.takes(to.address, message.urgency, notice.topic):
        return carried.why_not(to.address)
    area, muted = to.person.area, to.person.muted
    if why := carried.unwanted(message.urgency, notice.topic, notice.association, muted, area):
        return why
    return _proven(notice, to) if message.digest or to.step != FIRST else None


def _proven(notice: Notice, to: Recipient) -> str | None:
    """What only repeats, or gathers, is needless once there is a proof: the same that ends the ladder."""
    if to.stamped:
        return "already-stamped"
    return "already-on-phone" if to.on_phone and not asks(notice.kind) else None
