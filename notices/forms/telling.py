"""Whoever waited and has a place now is told: by all their channels, as soon as they wish to be disturbed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.ladder.hours import Wishes, out_of_quiet
from notices.memos.rows import Answer, Box, Said, memo_of, message_to
from notices.memos.short_letters import short_of
from notices.models import Address, Association, FormAnswer, Memo, Message, Notice, Person, Resident
from notices.outcomes import Skipped
from notices.planning import carried
from notices.vault import Vault
from notices.wording.words import words_of

PLACE: Final = "form-place"


async def tell(session: AsyncSession, notice: Notice, row: FormAnswer, now: datetime) -> None:
    """A memo to each mailbox, phone and LINE of the household's people, or of the person; one that is shared once."""
    lives = select(Resident.person).where(
        Resident.tenant == row.tenant, Resident.household == row.household, Resident.until.is_(None)
    )
    whose = Address.person.in_(lives) if row.whose == row.household else Address.person == row.whose
    query = (
        select(Address, Person.quiet_from, Person.quiet_to)
        .join(Person, and_(Person.tenant == Address.tenant, Person.id == Address.person))
        .where(Address.tenant == row.tenant, whose, Address.state == "live")
        .order_by(Address.id)
    )
    told: set[tuple[str, bytes]] = set()
    for address, quiet_from, quiet_to in (await session.execute(query)).all():
        if (address.channel, address.lookup) in told:
            continue
        told.add((address.channel, address.lookup))
        at = out_of_quiet(Wishes(quiet_from, quiet_to), now)
        message = message_to(row.tenant, address.person, Box(address.id, address.channel, address.lane), at)
        session.add(message)
        session.add(memo_of(message, PLACE, notice.id, now))
    due.tap(session)


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,  # noqa: ARG001
) -> dict[str, Answer]:
    """Message → what it says, or why it says nothing after all."""
    query = (
        select(Memo, Notice, Address, Person.locale, Association.name)
        .join(Message, and_(Message.tenant == Memo.tenant, Message.id == Memo.message))
        .join(Notice, and_(Notice.tenant == Memo.tenant, Notice.id == Memo.subject))
        .join(Address, and_(Address.tenant == Memo.tenant, Address.id == Message.address))
        .join(Person, and_(Person.tenant == Memo.tenant, Person.id == Memo.person))
        .join(Association, and_(Association.tenant == Memo.tenant, Association.id == Notice.association))
        .where(Memo.tenant == tenant, Memo.message.in_([each.message for each in memos]))
    )
    found: dict[str, Answer] = {}
    for memo, notice, address, locale, association in (await session.execute(query)).all():
        if why := await _why_not(session, memo, notice, address):
            found[memo.message] = Skipped(why)
            continue
        heading, text = words_of(locale).place
        letter = short_of(notice.id, (heading(notice.title), text), association, locale, f"/n/{notice.id}")
        found[memo.message] = Said(address, letter)
    return found


async def _why_not(session: AsyncSession, memo: Memo, notice: Notice, address: Address) -> str | None:
    if notice.state != "published":
        return "withdrawn"
    lives = select(Resident.household).where(
        Resident.tenant == memo.tenant, Resident.person == memo.person, Resident.until.is_(None)
    )
    homes = [*(await session.scalars(lives)), memo.person]
    row = FormAnswer
    has = select(row.whose).where(row.tenant == memo.tenant, row.notice == notice.id, row.whose.in_(homes))
    if await session.scalar(has.where(row.has_place).limit(1)) is None:
        return "form-changed"
    return None if carried.takes(address, "ordinary") else carried.why_not(address)
