"""Somebody asks for a code. What is written, how long it takes and what is answered is the same for every address."""

import random
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due, ids
from notices.enrolment.ticket_rows import SECRETS
from notices.models import City, MailedCode
from notices.town import mail_address
from notices.town.people_errors import TooManyTries
from notices.town.standing import Standing
from notices.vault import Vault

KIND: Final = "mailed-code"
"""Of the due row, by which the worker takes it up."""
LIVES: Final = timedelta(minutes=10)
DIGITS: Final = 8
_OF_A_CALLER: Final = 10
_OF_ALL: Final = 3_000
"""Requests in the time that a code lives. They are rows, so that all processes count the same."""


async def sign_in(
    session: AsyncSession,
    vault: Vault,
    email: str,
    caller: str,
    now: datetime,
    *,
    source: random.Random = SECRETS,
) -> None:
    """A code for each city, as an address names none. Raises MailAddressRefused, TooManyTries."""
    address = mail_address.checked(email)
    for tenant in await cities(session):
        await _ask(session, vault, tenant, "sign-in", address, None, caller, now, source)


async def own_address(
    session: AsyncSession,
    vault: Vault,
    by: Standing,
    email: str,
    now: datetime,
    *,
    source: random.Random = SECRETS,
) -> None:
    """To an address that this person says is theirs. Raises MailAddressRefused, TooManyTries."""
    address = mail_address.checked(email)
    await _ask(session, vault, by.tenant, "address", address, by.person, by.person, now, source)


async def cities(session: AsyncSession) -> list[str]:
    return list((await session.scalars(select(City.tenant).order_by(City.tenant))).all())


def lookup_of(vault: Vault, tenant: str, address: str) -> bytes:
    """As addresses on file are looked up (town/addresses.py): capitals are no difference."""
    return vault.lookup(tenant, address.lower())


async def _ask(
    session: AsyncSession,
    vault: Vault,
    tenant: str,
    purpose: str,
    address: str,
    person: str | None,
    caller: str,
    now: datetime,
    source: random.Random,
) -> None:
    hashed = vault.lookup(tenant, f"caller {caller}")
    await _bear(session, tenant, hashed, now)
    row = MailedCode(
        tenant=tenant,
        id=ids.new_id(),
        purpose=purpose,
        lookup=lookup_of(vault, tenant, address),
        address=vault.encrypt(tenant, address),
        code=vault.encrypt(tenant, f"{source.randrange(10**DIGITS):0{DIGITS}}"),
        person=person,
        caller=hashed,
        tries=0,
        created_at=now,
        expires_at=now + LIVES,
    )
    session.add(row)
    await due.put(session, tenant, KIND, row.id, now)
    due.tap(session)


async def _bear(session: AsyncSession, tenant: str, caller: bytes, now: datetime) -> None:
    lately = select(func.count()).where(MailedCode.tenant == tenant, MailedCode.created_at > now - LIVES)
    of_caller = await session.scalar(lately.where(MailedCode.caller == caller)) or 0
    if of_caller >= _OF_A_CALLER or (await session.scalar(lately) or 0) >= _OF_ALL:
        raise TooManyTries(minutes=LIVES // timedelta(minutes=1))
