"""What is kept of families, how long: what they were told as long as messages, who spoke for whom as long as stamps."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import FamilyTold, Proxy
from notices.privacy.retention import AT_ONCE, Rows, Rule


async def _told(session: AsyncSession, tenant: str, before: datetime) -> Rows:
    query = select(FamilyTold.id).where(FamilyTold.tenant == tenant, FamilyTold.at < before)
    return (await session.scalars(query.limit(AT_ONCE))).all()


async def _forget_told(session: AsyncSession, tenant: str, rows: Rows, now: datetime) -> None:  # noqa: ARG001
    await session.execute(delete(FamilyTold).where(FamilyTold.tenant == tenant, FamilyTold.id.in_(rows)))


async def _ended(session: AsyncSession, tenant: str, before: datetime) -> Rows:
    query = select(Proxy.id).where(Proxy.tenant == tenant, Proxy.ended_at < before)
    return (await session.scalars(query.limit(AT_ONCE))).all()


async def _forget_ended(session: AsyncSession, tenant: str, rows: Rows, now: datetime) -> None:  # noqa: ARG001
    # No phone holds them any more: their records went as they ended.
    options = {"journalled": True, "synchronize_session": False}
    ended = delete(Proxy).where(Proxy.tenant == tenant, Proxy.id.in_(rows))
    await session.execute(ended, execution_options=options)


RULES: Final = (
    Rule("what families were told", "messages", _told, _forget_told),
    Rule("proxies that ended", "proofs", _ended, _forget_ended),
)
