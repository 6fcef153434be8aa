"""A passkey's answer: somebody comes in on a new device, or proves afresh that it is they."""

import random as randomness
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.enrolment import devices
from notices.enrolment.devices import Enrolled
from notices.enrolment.ticket_rows import SECRETS, enrollable
from notices.models import City, Passkey
from notices.passkeys import challenges, fresh
from notices.passkeys.challenges import Page
from notices.passkeys.options import Credential, to_sign
from notices.passkeys.passkey_errors import PasskeyNotForYou, PasskeyRefused
from notices.passkeys.registering import theirs
from notices.town.standing import Standing
from notices.vault import Vault

STEP_UP: Final = "step-up"


def sign_in_options(
    vault: Vault, page: Page, now: datetime, random: Callable[[int], bytes]
) -> dict[str, Any]:
    """For `navigator.credentials.get`; which passkeys there are is not said to a stranger."""
    challenge = challenges.make(vault, challenges.SIGN_IN, now, random)
    return to_sign(page, challenge, [])


async def step_up_options(
    session: AsyncSession,
    vault: Vault,
    by: Standing,
    device: str,
    page: Page,
    now: datetime,
    random: Callable[[int], bytes],
) -> dict[str, Any]:
    """Raises PasskeyNotForYou where they have none."""
    known = [row.credential for row in await theirs(session, by)]
    if not known:
        raise PasskeyNotForYou
    return to_sign(page, challenges.make(vault, _about(by, device), now, random), known)


async def sign_in(
    session: AsyncSession,
    vault: Vault,
    page: Page,
    credential: Credential,
    device_name: str,
    now: datetime,
    *,
    source: randomness.Random = SECRETS,
) -> Enrolled:
    """A new device of whoever's passkey it is. Raises what answers do, DeviceNameWrong."""
    new = devices.newcomer(device_name, None)
    row = await _answered(session, vault, page, credential, challenges.SIGN_IN, now)
    if row.person not in await enrollable(session, row.tenant, [row.person], now):
        raise PasskeyRefused
    came = await devices.enrol(session, vault, row.tenant, row.person, new, now, source)
    await fresh.proved(session, row.tenant, came.device, row.id, now)
    detail = {"passkey": row.id}
    await audit.write(session, row.tenant, row.person, "device.by-passkey", came.device, detail, now)
    return came


async def step_up(
    session: AsyncSession,
    vault: Vault,
    by: Standing,
    device: str,
    page: Page,
    credential: Credential,
    now: datetime,
) -> datetime:
    """→ until when it holds. Raises what answers do."""
    row = await _answered(session, vault, page, credential, _about(by, device), now, by)
    return await fresh.proved(session, by.tenant, device, row.id, now)


async def _answered(
    session: AsyncSession,
    vault: Vault,
    page: Page,
    credential: Credential,
    about: str,
    now: datetime,
    by: Standing | None = None,
) -> Passkey:
    """Whose passkey has signed; `by`: it must be theirs. The row is locked: its counter goes up with each."""
    from notices.passkeys import answers

    challenge = answers.challenge_in(credential)
    challenges.check(vault, challenge, about, now)
    tenants = select(City.tenant) if by is None else [by.tenant]
    query = select(Passkey).where(
        Passkey.tenant.in_(tenants), Passkey.credential == answers.id_in(credential)
    )
    row = await session.scalar(query.with_for_update())
    if row is None or (by is not None and row.person != by.person):
        raise PasskeyRefused
    row.sign_count = answers.signed(credential, page, challenge, row)
    row.used_at = now
    await challenges.spend(session, row.tenant, challenge, now)
    return row


def _about(by: Standing, device: str) -> str:
    return challenges.about(STEP_UP, by.tenant, by.person, device)
