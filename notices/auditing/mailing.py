"""The head of a city's chain leaves the house by mail, every morning: what left cannot be rewritten."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due, ids
from notices.auditing.heads import Head, text_of
from notices.memos.rows import Answer, Box, Said, memo_of, message_to
from notices.memos.short_letters import short_of
from notices.models import Address, AuditHead, City, MailedHead, Memo, Message, Person
from notices.outcomes import Skipped
from notices.planning import carried
from notices.tokyo import TOKYO
from notices.town import mail_address
from notices.town.city_hall import who_works_there
from notices.vault import Vault
from notices.wording.city_hall import city_hall

KIND: Final = audit.MAIL_HEAD
ABOUT: Final = "audit-head"
_KEPT: Final = timedelta(days=7)
"""Longer than any mail is tried."""
_NOBODY: Final = ids.text_of(bytes(16))


async def send(session: AsyncSession, vault: Vault, tenant: str, boxes: Sequence[str], now: datetime) -> None:
    """What the due row does, which comes again the next morning. `boxes`: KAIRAN_AUDIT_MAIL."""
    await due.put(session, tenant, KIND, tenant, audit.next_morning(now))
    await session.execute(
        delete(MailedHead).where(MailedHead.tenant == tenant, MailedHead.at < now - _KEPT),
        execution_options={"synchronize_session": False},
    )
    head = await session.get(AuditHead, tenant)
    if head is None:
        return
    for row, person, box in [*_given(vault, head, boxes, now)] or await _of_the_city(session, head, now):
        session.add(row)
        message = message_to(tenant, person, box, now)
        session.add(message)
        session.add(memo_of(message, ABOUT, row.id, now))
        due.tap(session)


def _row(head: AuditHead, now: datetime, mailbox: bytes | None = None) -> MailedHead:
    return MailedHead(
        tenant=head.tenant, id=ids.new_id(), seq=head.seq, hash=head.hash, mailbox=mailbox, at=now
    )


def _given(
    vault: Vault, head: AuditHead, boxes: Sequence[str], now: datetime
) -> Iterator[tuple[MailedHead, str, Box]]:
    for each in boxes:
        address = mail_address.checked(each)
        row = _row(head, now, vault.encrypt(head.tenant, address))
        yield row, _NOBODY, Box(row.id, "mail", mail_address.domain_of(address))


async def _of_the_city(
    session: AsyncSession, head: AuditHead, now: datetime
) -> list[tuple[MailedHead, str, Box]]:
    """Clerks and approvers of today; a mailbox that two of them share gets one."""
    query = select(Address).where(
        Address.tenant == head.tenant,
        Address.person.in_(who_works_there(head.tenant, now)),
        Address.channel == "mail",
        Address.state == "live",
    )
    found = {each.lookup: each for each in await session.scalars(query.order_by(Address.id.desc()))}
    return [(_row(head, now), each.person, Box(each.id, each.channel, each.lane)) for each in found.values()]


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,  # noqa: ARG001
) -> dict[str, Answer]:
    """Message → what it says, or why it says nothing after all."""
    query = (
        select(Memo.message, MailedHead, Address, Person.locale, City.name)
        .join(Message, and_(Message.tenant == Memo.tenant, Message.id == Memo.message))
        .join(MailedHead, and_(MailedHead.tenant == Memo.tenant, MailedHead.id == Memo.subject))
        .join(City, City.tenant == Memo.tenant)
        .outerjoin(Address, and_(Address.tenant == Memo.tenant, Address.id == Message.address))
        .outerjoin(Person, and_(Person.tenant == Memo.tenant, Person.id == Memo.person))
        .where(Memo.tenant == tenant, Memo.message.in_([each.message for each in memos]))
    )
    return {
        message: _said(row, address, locale or "ja", city)
        for message, row, address, locale, city in await session.execute(query)
    }


def _said(row: MailedHead, address: Address | None, locale: str, city: str) -> Answer:
    title, text = city_hall(locale).head
    head = text_of(Head(row.seq, row.hash, row.tenant))
    letter = short_of(row.id, (title(city, row.seq), text(row.at.astimezone(TOKYO), head)), city, locale)
    if row.mailbox is not None:
        return Said(Box(row.id, "mail", "", row.mailbox), letter)
    if address is None:
        return Skipped("address-changed")
    if not carried.takes(address, "ordinary"):
        return Skipped(carried.why_not(address))
    return Said(address, letter)
