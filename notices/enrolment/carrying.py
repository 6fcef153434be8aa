"""Carry codes: a device that has just been enrolled may move once.

iOS keeps the installed app's storage apart from the browser's, so a phone enrols in the one and lives in the other.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.enrolment import devices, records
from notices.enrolment.ticket_rows import SECRETS, free_carry_code, unused
from notices.ids import new_id
from notices.models import Device, Ticket
from notices.town.people_errors import CannotCarry, CodeRefused, DeviceUnknown
from notices.vault import Vault

LIVES: Final = timedelta(minutes=10)
WITHIN: Final = timedelta(hours=24)
"""After it was enrolled."""


@dataclass(frozen=True, slots=True)
class Carry:
    """Six digits."""

    code: str
    expires_at: datetime


async def carry_code(
    session: AsyncSession,
    vault: Vault,
    tenant: str,
    device: str,
    now: datetime,
    *,
    source: random.Random = SECRETS,
) -> Carry:
    """For the device itself. A new code revokes its earlier one. Raises DeviceUnknown, CannotCarry, CarryBusy."""
    query = select(Device).where(Device.tenant == tenant, Device.id == device, Device.revoked_at.is_(None))
    row = await session.scalar(query.with_for_update())
    if row is None:
        raise DeviceUnknown
    if row.carried_from is not None or now - row.created_at >= WITHIN:
        raise CannotCarry
    await session.execute(unused(tenant).where(Ticket.device == device).values(revoked_at=now))
    code = await free_carry_code(session, vault, now, source)
    expires = now + LIVES
    ticket = Ticket(
        tenant=tenant,
        id=new_id(),
        person=row.person,
        kind="carry",
        code_hash=vault.token_hash(code),
        issued_by=row.person,
        device=device,
        created_at=now,
        expires_at=expires,
    )
    session.add(ticket)
    await records.refresh(session, tenant, [row.person])
    return Carry(code, expires)


async def moved_out(session: AsyncSession, ticket: Ticket, now: datetime) -> Device:
    """The device whose enrolment moves away. Raises CodeRefused where it has been revoked meanwhile."""
    query = select(Device).where(Device.tenant == ticket.tenant, Device.id == ticket.device)
    old = await session.scalar(query.with_for_update())
    if old is None or old.revoked_at is not None:
        raise CodeRefused
    await devices.end(session, old, now)
    return old
