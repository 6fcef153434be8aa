"""Enrolled devices: each has one token, kept as a hash, and ends by being revoked; nothing is deleted."""

import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.enrolment import codes, records
from notices.models import Address, Device, Ticket
from notices.town.address_errors import HeaderTextRefused
from notices.town.people_errors import DeviceKeyWrong, DeviceNameWrong, DeviceUnknown
from notices.vault import Vault
from notices.wording.headers import checked_text

NAME_LENGTH: Final = 60
ANSWER_KEPT: Final = timedelta(minutes=10)
"""How long a phone may ask again for an answer that was lost."""
UNNAMED: Final = "スマートフォン"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """`token`, `<tenant>_<43 characters>`, is shown to the device this once."""

    tenant: str
    person: str
    device: str
    number: str
    token: str


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What a device says of itself, checked."""

    name: str
    public_key: bytes | None


def newcomer(name: str, public_key: str | None) -> Newcomer:
    """`public_key`: base64url, P-256, uncompressed. Raises DeviceNameWrong, DeviceKeyWrong."""
    try:
        text = checked_text(name.strip())
    except HeaderTextRefused:
        raise DeviceNameWrong(most=NAME_LENGTH) from None
    if len(text) > NAME_LENGTH:
        raise DeviceNameWrong(most=NAME_LENGTH)
    return Newcomer(text or UNNAMED, None if public_key is None else _point(public_key))


def _point(public_key: str) -> bytes:
    try:
        raw = urlsafe_b64decode(public_key.rstrip("=") + "=" * (-len(public_key.rstrip("=")) % 4))
        if len(raw) != 65:
            raise ValueError("not an uncompressed point")
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        raise DeviceKeyWrong from None
    return raw


def token_of(tenant: str, secret: bytes) -> str:
    return f"{tenant}_{urlsafe_b64encode(secret).rstrip(b'=').decode()}"


async def again(
    session: AsyncSession, vault: Vault, tenant: str, secret: bytes, now: datetime
) -> Enrolled | None:
    """The device that this code and this phone's key made before, if its answer was lost on the way."""
    token = token_of(tenant, secret)
    query = select(Device).where(
        Device.tenant == tenant,
        Device.token_hash == vault.token_hash(token),
        Device.revoked_at.is_(None),
        Device.created_at > now - ANSWER_KEPT,
    )
    device = await session.scalar(query)
    if device is None:
        return None
    return Enrolled(device.tenant, device.person, device.id, device.number, token)


async def enrol(
    session: AsyncSession,
    vault: Vault,
    tenant: str,
    person: str,
    new: Newcomer,
    now: datetime,
    source: random.Random,
    *,
    secret: bytes | None = None,
    carried_from: str | None = None,
    ticket: str | None = None,
) -> Enrolled:
    """`secret`: the token's 32 bytes, where the phone must be able to get the same token again. `ticket`: by which it
    came in, or the device that it was before."""
    token = token_of(tenant, secret or source.randbytes(32))
    device = Device(
        tenant=tenant,
        id=ids.new_id(),
        person=person,
        name=new.name,
        number=codes.new_number(source),
        token_hash=vault.token_hash(token),
        public_key=new.public_key,
        carried_from=carried_from,
        ticket=ticket,
        created_at=now,
    )
    session.add(device)
    await records.refresh(session, tenant, [person])
    return Enrolled(tenant, person, device.id, device.number, token)


async def register_key(
    session: AsyncSession, tenant: str, person: str, device: str, public_key: str, now: datetime
) -> None:
    """With which it signs from now on; the one it has already is nothing new. Raises DeviceKeyWrong."""
    point = _point(public_key)
    row = update(Device).where(Device.tenant == tenant, Device.id == device)
    row = row.where(Device.public_key.is_distinct_from(point)).values(public_key=point).returning(Device.id)
    # No record says anything of a key.
    options = {"journalled": True, "synchronize_session": False}
    if await session.scalar(row, execution_options=options) is not None:
        await audit.write(session, tenant, person, "device.key", device, {}, now)


async def revoke_device(
    session: AsyncSession, tenant: str, device: str, actor: str | None, now: datetime
) -> None:
    """By an officer. Once revoked it stays revoked; again is nothing. Raises DeviceUnknown."""
    row = await session.get(Device, (tenant, device))
    if row is None:
        raise DeviceUnknown
    if row.revoked_at is None:
        await end(session, row, now)
        await audit.write(session, tenant, actor, "device.revoked", device, {"person": row.person}, now)


async def leave(session: AsyncSession, tenant: str, person: str, device: str, now: datetime) -> None:
    """A person signs out a device of their own. Raises DeviceUnknown for anybody else's."""
    query = select(Device).where(Device.tenant == tenant, Device.id == device, Device.person == person)
    row = await session.scalar(query)
    if row is None:
        raise DeviceUnknown
    if row.revoked_at is None:
        await end(session, row, now)


async def end(session: AsyncSession, device: Device, now: datetime) -> None:
    """Its token, its pushes and a carry code it may have asked for end together."""
    device.revoked_at = now
    pushes = update(Address).where(
        Address.tenant == device.tenant,
        Address.device == device.id,
        Address.channel == "push",
        Address.state != "gone",
    )
    await session.execute(pushes.values(state="gone", reason="device-revoked", changed_at=now))
    carries = update(Ticket).where(Ticket.tenant == device.tenant, Ticket.device == device.id)
    carries = carries.where(Ticket.used_at.is_(None), Ticket.revoked_at.is_(None))
    await session.execute(carries.values(revoked_at=now), execution_options={"journalled": True})
    await records.refresh(session, device.tenant, [device.person])
