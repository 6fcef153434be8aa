"""How long it holds that somebody has proved who they are: long enough to write down a reason, not to leave the desk."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices.due import upsert
from notices.models import StepUp
from notices.passkeys.passkey_errors import PasskeyNeeded

HOLDS: Final = timedelta(minutes=10)


async def proved(session: AsyncSession, tenant: str, device: str, passkey: str, now: datetime) -> datetime:
    """→ until when."""
    said = {"passkey": passkey, "at": now}
    row = upsert(session, StepUp.__table__).values(tenant=tenant, device=device, **said)
    await session.execute(row.on_conflict_do_update(index_elements=["tenant", "device"], set_=said))
    return now + HOLDS


async def until(session: AsyncSession, tenant: str, device: str, now: datetime) -> datetime | None:
    row = await session.get(StepUp, (tenant, device), populate_existing=True)
    return row.at + HOLDS if row is not None and row.at <= now < row.at + HOLDS else None


async def insist(session: AsyncSession, tenant: str, device: str, now: datetime) -> None:
    """Before anything goes to the whole city. Raises PasskeyNeeded."""
    if await until(session, tenant, device, now) is None:
        raise PasskeyNeeded(minutes=HOLDS // timedelta(minutes=1))
