"""Who may make a passkey. The root of it is a slip from the operator: an officer may hand out slips to neighbours, and a
clerk may be one; that must not be a way to send to the whole city.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.enrolment import devices
from notices.models import Device, Passkey, StepUp, Ticket
from notices.passkeys import challenges, fresh
from notices.passkeys.challenges import Page
from notices.passkeys.options import Credential, to_make
from notices.passkeys.passkey_errors import PasskeyNotForYou, PasskeyRefused, PasskeyUnknown, SlipWanted
from notices.town.standing import Standing
from notices.vault import Vault

REGISTER: Final = "register"


async def options(
    session: AsyncSession,
    vault: Vault,
    by: Standing,
    device: str,
    page: Page,
    city: str,
    now: datetime,
    random: Callable[[int], bytes],
) -> dict[str, Any]:
    """For `navigator.credentials.create`. Raises PasskeyNotForYou, SlipWanted."""
    await _insist(session, by, device, now)
    known = [row.credential for row in await theirs(session, by)]
    challenge = challenges.make(vault, _about(by, device), now, random)
    return to_make(page, city, ids.bytes_of(by.person), by.name, challenge, known)


async def register(
    session: AsyncSession,
    vault: Vault,
    by: Standing,
    device: str,
    page: Page,
    credential: Credential,
    name: str,
    now: datetime,
) -> Passkey:
    """A new passkey of theirs; that it is they is proved by it, too. Raises what `options` does, and what answers do."""
    from notices.passkeys import answers

    await _insist(session, by, device, now)
    challenge = answers.challenge_in(credential)
    challenges.check(vault, challenge, _about(by, device), now)
    new = answers.made(credential, page, challenge)
    await challenges.spend(session, by.tenant, challenge, now)
    known = select(Passkey.id).where(Passkey.tenant == by.tenant, Passkey.credential == new.id)
    if await session.scalar(known) is not None:
        raise PasskeyRefused
    row = Passkey(
        tenant=by.tenant,
        id=ids.new_id(),
        person=by.person,
        credential=new.id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        name=devices.newcomer(name, None).name,
        created_at=now,
        used_at=now,
    )
    session.add(row)
    # The slip it came in by has served: a further passkey wants a proof by this one, or another slip.
    came_in = update(Device).where(Device.tenant == by.tenant, Device.id == device).values(ticket=None)
    await session.execute(came_in, execution_options={"journalled": True, "synchronize_session": False})
    await fresh.proved(session, by.tenant, device, row.id, now)
    await audit.write(session, by.tenant, by.person, "passkey.made", row.id, {"device": device}, now)
    return row


async def drop(session: AsyncSession, by: Standing, passkey: str, now: datetime) -> None:
    """With what was proved by it. Raises PasskeyUnknown."""
    row = await session.get(Passkey, (by.tenant, passkey))
    if row is None or row.person != by.person:
        raise PasskeyUnknown
    await session.delete(row)
    proofs = delete(StepUp).where(StepUp.tenant == by.tenant, StepUp.passkey == passkey)
    await session.execute(proofs.execution_options(synchronize_session=False))
    await audit.write(session, by.tenant, by.person, "passkey.dropped", passkey, {}, now)


async def theirs(session: AsyncSession, by: Standing) -> Sequence[Passkey]:
    query = select(Passkey).where(Passkey.tenant == by.tenant, Passkey.person == by.person)
    return (await session.scalars(query.order_by(Passkey.created_at, Passkey.id))).all()


def _about(by: Standing, device: str) -> str:
    return challenges.about(REGISTER, by.tenant, by.person, device)


async def _insist(session: AsyncSession, by: Standing, device: str, now: datetime) -> None:
    if not by.works_for_city:
        raise PasskeyNotForYou
    if await fresh.until(session, by.tenant, device, now) is not None:
        return
    query = (
        select(Ticket.created_at)
        .join(Device, (Device.tenant == Ticket.tenant) & (Device.ticket == Ticket.id))
        .where(Device.tenant == by.tenant, Device.id == device, Ticket.issued_by.is_(None))
    )
    issued = await session.scalar(query)
    if issued is None or any(row.created_at >= issued for row in await theirs(session, by)):
        raise SlipWanted
