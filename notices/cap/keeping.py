"""How long alerts that came in are kept: as long as the texts that were made of them."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import CapAlert
from notices.privacy.retention import AT_ONCE, Rows, Rule


async def _old(session: AsyncSession, tenant: str, before: datetime) -> Rows:
    query = select(CapAlert.id).where(CapAlert.tenant == tenant, CapAlert.received_at < before)
    return (await session.scalars(query.order_by(CapAlert.received_at).limit(AT_ONCE))).all()


async def _forget(session: AsyncSession, tenant: str, rows: Rows, now: datetime) -> None:  # noqa: ARG001
    gone = delete(CapAlert).where(CapAlert.tenant == tenant, CapAlert.id.in_(set(rows)))
    await session.execute(gone.execution_options(synchronize_session=False))


RULES: Final = (Rule("alerts", "texts", _old, _forget),)
