"""Whoever has the code comes in. A guess is counted, and that is committed, before it is looked at (`spend`)."""

import hmac
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.enrolment import codes, devices
from notices.enrolment.devices import Enrolled
from notices.enrolment.ticket_rows import SECRETS
from notices.models import MailedCode
from notices.sign_in import mailing
from notices.sign_in.asking import cities, lookup_of
from notices.sign_in.code_errors import MailedCodeMistyped, MailedCodeRefused, PasskeyWanted, PersonUnknown
from notices.town import addresses, mail_address
from notices.town.standing import Standing, standings
from notices.vault import Vault

TRIES: Final = 5
"""Guesses at one code."""


@dataclass(frozen=True, slots=True)
class Guess:
    """`person`: whom of several; `key`: the phone's own random text, by which a lost answer can be asked for again."""

    email: str = field(repr=False)
    code: str = field(repr=False)
    device_name: str
    person: str | None = None
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """The code is right, and these share the address: which of them is it?"""

    people: Sequence[tuple[str, str]]
    """(id, name)"""


Spent = Sequence[tuple[str, str]]
"""(city, code) that bore the guess."""


def read_code(typed: str) -> str:
    """Raises MailedCodeMistyped."""
    code = codes.read_mailed_code(typed)
    if code is None:
        raise MailedCodeMistyped
    return code


async def spend(session: AsyncSession, vault: Vault, email: str, purpose: str, now: datetime) -> Spent:
    """Counts a guess at every open code of this address, in all processes alike. To be committed before it is looked at:
    a thousand at once gain nothing. Raises MailAddressRefused.
    """
    address = mail_address.checked(email)
    spent: list[tuple[str, str]] = []
    for tenant in await cities(session):
        rows = update(MailedCode).where(
            MailedCode.tenant == tenant,
            MailedCode.lookup == lookup_of(vault, tenant, address),
            MailedCode.purpose == purpose,
            MailedCode.used_at.is_(None),
            MailedCode.expires_at > now,
            MailedCode.tries < TRIES,
        )
        counted = rows.values(tries=MailedCode.tries + 1).returning(MailedCode.id)
        ids = await session.scalars(counted.execution_options(synchronize_session=False))
        spent += [(tenant, id) for id in ids]
    return spent


async def sign_in(
    session: AsyncSession,
    vault: Vault,
    guess: Guess,
    spent: Spent,
    now: datetime,
    *,
    source: random.Random = SECRETS,
) -> Enrolled | Choice:
    """Raises MailedCodeMistyped, MailedCodeRefused, PersonUnknown, PasskeyWanted, DeviceNameWrong."""
    new, typed = devices.newcomer(guess.device_name, None), read_code(guess.code)
    secret = None if guess.key is None else vault.enrolment_secret(f"mailed {typed}", guess.key)
    if secret is not None:
        for tenant in await cities(session):
            if (before := await devices.again(session, vault, tenant, secret, now)) is not None:
                return before
    row = await _right(session, vault, spent, typed, now)
    whom = await _whom(session, row, guess.person, now)
    if isinstance(whom, Choice):
        return whom
    row.used_at = now
    came = await devices.enrol(session, vault, row.tenant, whom, new, now, source, secret=secret)
    await audit.write(session, row.tenant, whom, "device.by-mail", came.device, {"code": row.id}, now)
    return came


async def own_address(
    session: AsyncSession,
    vault: Vault,
    by: Standing,
    email: str,
    code: str,
    spent: Spent,
    now: datetime,
) -> None:
    """From now on their mailbox, in the place of another; also where they had stopped mail, as they ask for it themselves.

    Raises MailedCodeMistyped, MailedCodeRefused.
    """
    row = await _right(session, vault, spent, read_code(code), now, by.person)
    row.used_at = now
    address = mail_address.checked(email)
    if await addresses.give_mail(session, vault, by.tenant, by.person, address, by.person, now) == "off":
        await addresses.switch(session, by, "mail", True, now)


async def _right(
    session: AsyncSession, vault: Vault, spent: Spent, typed: str, now: datetime, person: str | None = None
) -> MailedCode:
    """The code that was meant, locked: of two who come at once with it, one is let in."""
    for tenant, id in spent:
        query = select(MailedCode).where(MailedCode.tenant == tenant, MailedCode.id == id)
        row = await session.scalar(query.with_for_update())
        if row is None or row.used_at is not None or row.expires_at <= now or row.person != person:
            continue
        if hmac.compare_digest(vault.decrypt(tenant, row.code), typed):
            return row
    raise MailedCodeRefused


async def _whom(session: AsyncSession, row: MailedCode, wanted: str | None, now: datetime) -> str | Choice:
    """Who has this address today, but for those who work for the city."""
    people = list(
        dict.fromkeys(each.person for each in await mailing.addresses(session, row.tenant, row.lookup, now))
    )
    if not people:
        raise MailedCodeRefused
    there = await standings(session, row.tenant, people, now)
    if wanted is not None and wanted not in people:
        raise PersonUnknown
    if wanted is None and len(people) > 1:
        return Choice([(person, there[person].name) for person in people])
    person = wanted or people[0]
    if there[person].works_for_city:
        raise PasskeyWanted
    return person
