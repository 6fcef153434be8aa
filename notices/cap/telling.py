"""Who hears that an alert has come in: those who work for the city, by all their channels; of a real one at any hour."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.ladder.hours import Wishes, out_of_quiet
from notices.memos.rows import Answer, Box, Said, memo_of, message_to
from notices.memos.short_letters import short_of
from notices.models import Address, CapAlert, City, Memo, Message, Person, Seat, Term
from notices.outcomes import Skipped
from notices.planning import carried
from notices.town.standing import CITY, runs, standings
from notices.vault import Vault
from notices.wording.city_hall import city_hall
from notices.wording.marks import marked

ABOUT: Final = "cap-alert"
PATH: Final = "/alerts"


async def tell(session: AsyncSession, row: CapAlert, now: datetime) -> None:
    """A memo to each mailbox, phone and LINE of theirs; one that is shared is written to once."""
    holders = (
        select(Term.person)
        .join(Seat, (Seat.tenant == Term.tenant) & (Seat.id == Term.seat))
        .where(Term.tenant == row.tenant, Seat.role.in_(CITY), Seat.ended_at.is_(None), runs(now))
    )
    query = (
        select(Address, Person.quiet_from, Person.quiet_to)
        .join(Person, and_(Person.tenant == Address.tenant, Person.id == Address.person))
        .where(Address.tenant == row.tenant, Address.person.in_(holders), Address.state == "live")
        .order_by(Address.id)
    )
    told: set[tuple[str, bytes]] = set()
    for address, quiet_from, quiet_to in await session.execute(query):
        if (address.channel, address.lookup) in told:
            continue
        told.add((address.channel, address.lookup))
        real = row.status == "Actual"
        at = now if real else out_of_quiet(Wishes(quiet_from, quiet_to), now)
        box = Box(address.id, address.channel, address.lane)
        message = message_to(row.tenant, address.person, box, at, urgency="urgent")
        session.add(message)
        session.add(memo_of(message, ABOUT, row.id, now))
    due.tap(session)


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,
) -> dict[str, Answer]:
    """Message → what it says, or why it says nothing after all."""
    query = (
        select(Memo, CapAlert, Address, Person.locale, City.name)
        .join(Message, and_(Message.tenant == Memo.tenant, Message.id == Memo.message))
        .join(CapAlert, and_(CapAlert.tenant == Memo.tenant, CapAlert.id == Memo.subject))
        .join(Address, and_(Address.tenant == Memo.tenant, Address.id == Message.address))
        .join(Person, and_(Person.tenant == Memo.tenant, Person.id == Memo.person))
        .join(City, City.tenant == Memo.tenant)
        .where(Memo.tenant == tenant, Memo.message.in_([each.message for each in memos]))
    )
    there = await standings(session, tenant, {each.person for each in memos}, now)
    found: dict[str, Answer] = {}
    for memo, row, address, locale, city in await session.execute(query):
        if not (there[memo.person].works_for_city and address.person == memo.person):
            found[memo.message] = Skipped("moved")
            continue
        if not carried.takes(address, "urgent"):
            found[memo.message] = Skipped(carried.why_not(address))
            continue
        title, text = city_hall(locale).alerts[row.became]
        heading = title(row.headline or row.event or row.identifier)
        heading = marked("exercise", heading, locale) if row.status == "Exercise" else heading
        found[memo.message] = Said(address, short_of(row.id, (heading, text), city, locale, PATH))
    return found
