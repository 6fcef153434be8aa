"""The worker's side: whose address it is, a memo to it, and what the mail says.

A code for an address that nobody has is left as it is, and goes with the others after a day.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.enrolment.ticket_rows import enrollable
from notices.memos.rows import Answer, Box, Said, memo_of, message_to
from notices.memos.short_letters import short_of
from notices.models import Address, City, MailedCode, Memo, Person
from notices.outcomes import Skipped
from notices.planning.carried import BY_ITS_OWNER
from notices.town import mail_address
from notices.vault import Vault
from notices.wording.words import words_of

ABOUT: Final = "code"
_KEPT: Final = timedelta(days=1)
_AT_ONCE: Final = 3
"""Mails to one address while a code lives: whoever asks for more has one that works."""
_A_DAY: Final = 20


async def send(session: AsyncSession, vault: Vault, tenant: str, code: str, now: datetime) -> None:
    """Once, as its due row goes with it."""
    await _forget(session, tenant, now)
    row = await session.get(MailedCode, (tenant, code))
    if row is None or row.expires_at <= now:
        return
    if await _is_too_often(session, row, now):
        # A code that nobody was told is good for guessing alone.
        row.used_at = now
        return
    if row.purpose == "address":
        lane = mail_address.domain_of(vault.decrypt(tenant, row.address))
        box, person = Box(row.id, "mail", lane), row.person
    else:
        theirs = await addresses(session, tenant, row.lookup, now)
        if not theirs:
            return
        box, person = Box(theirs[0].id, "mail", theirs[0].lane), theirs[0].person
    message = message_to(tenant, person or "", box, now, urgency="urgent")
    session.add(message)
    session.add(memo_of(message, ABOUT, row.id, now))
    due.tap(session)


async def addresses(session: AsyncSession, tenant: str, lookup: bytes, now: datetime) -> Sequence[Address]:
    """Mailboxes of people of today by which one may come in: also those to which no notices are wanted."""
    reads = or_(
        Address.state == "live", and_(Address.state == "off", Address.reason.in_(sorted(BY_ITS_OWNER)))
    )
    query = select(Address).where(
        Address.tenant == tenant, Address.lookup == lookup, Address.channel == "mail", reads
    )
    found = (await session.scalars(query.order_by(Address.id))).all()
    here = await enrollable(session, tenant, [each.person for each in found], now)
    return [each for each in found if each.person in here]


async def _is_too_often(session: AsyncSession, row: MailedCode, now: datetime) -> bool:
    """By those that were asked for before it."""
    before = select(func.count()).where(
        MailedCode.tenant == row.tenant, MailedCode.lookup == row.lookup, MailedCode.id < row.id
    )
    lately = await session.scalar(
        before.where(MailedCode.created_at > now - (row.expires_at - row.created_at))
    )
    return (lately or 0) >= _AT_ONCE or (await session.scalar(before) or 0) >= _A_DAY


async def _forget(session: AsyncSession, tenant: str, now: datetime) -> None:
    old = MailedCode.tenant == tenant, MailedCode.created_at < now - _KEPT
    memos = delete(Memo).where(
        Memo.tenant == tenant, Memo.about == ABOUT, Memo.subject.in_(select(MailedCode.id).where(*old))
    )
    await session.execute(memos.execution_options(synchronize_session=False))
    await session.execute(delete(MailedCode).where(*old).execution_options(synchronize_session=False))


async def said(
    session: AsyncSession, vault: Vault, tenant: str, memos: Sequence[Memo], now: datetime
) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    of = _codes().where(Memo.tenant == tenant, Memo.message.in_([each.message for each in memos]))
    for message, code, address, locale, city in await session.execute(of):
        if code.expires_at <= now or code.used_at is not None:
            found[message] = Skipped("code-late")
            continue
        box = Box(code.id, "mail", "", code.address)
        if code.purpose == "sign-in" and address is not None:
            box = Box(address.id, "mail", address.lane, address.secret)
        digits = vault.decrypt(tenant, code.code)
        title, text = words_of(locale).codes[code.purpose]
        words = title, text(f"{digits[:4]} {digits[4:]}", city)
        found[message] = Said(box, short_of(code.id, words, city, locale))
    return found


def _codes() -> Select[str, MailedCode, Address, str, str]:
    """(message, code, the address it is for where it is known, locale, city)"""
    known = and_(
        Address.tenant == Memo.tenant,
        Address.person == Memo.person,
        Address.lookup == MailedCode.lookup,
        Address.channel == "mail",
    )
    return (
        select(Memo.message, MailedCode, Address, Person.locale, City.name)
        .join(MailedCode, and_(MailedCode.tenant == Memo.tenant, MailedCode.id == Memo.subject))
        .join(Person, and_(Person.tenant == Memo.tenant, Person.id == Memo.person))
        .join(City, City.tenant == Memo.tenant)
        .outerjoin(Address, known)
        .order_by(Address.id)
    )
