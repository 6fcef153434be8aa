"""Who may bring alerts: known by a secret that an operator made, and for the senders that are listed with it."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.cap.cap_errors import CapSecretWrong, CapSenderWrong
from notices.models import CapSource


async def allow(
    session: AsyncSession, tenant: str, name: str, senders: Sequence[str], now: datetime
) -> tuple[CapSource, str]:
    """By an operator. → the source, and its secret, which is kept nowhere."""
    secret = secrets.token_urlsafe(32)
    row = CapSource(tenant=tenant, id=ids.new_id(), name=name, senders=sorted(set(senders)), created_at=now)
    row.secret_hash = _hash(secret)
    session.add(row)
    detail = {"name": name, "senders": len(row.senders)}
    await audit.write(session, tenant, None, "cap.allowed", row.id, detail, now)
    return row, secret


async def end(session: AsyncSession, row: CapSource, now: datetime) -> None:
    row.ended_at = now
    await audit.write(session, row.tenant, None, "cap.disallowed", row.id, {"name": row.name}, now)


async def by_secret(session: AsyncSession, secret: str) -> CapSource:
    """Raises CapSecretWrong."""
    query = select(CapSource).where(CapSource.secret_hash == _hash(secret), CapSource.ended_at.is_(None))
    row = await session.scalar(query)
    if row is None:
        raise CapSecretWrong()
    return row


def insist_on_sender(row: CapSource, sender: str) -> None:
    if sender not in row.senders:
        raise CapSenderWrong(sender=sender)


async def listed(session: AsyncSession, tenants: Sequence[str]) -> Sequence[CapSource]:
    query = select(CapSource).where(CapSource.tenant.in_(tenants), CapSource.ended_at.is_(None))
    return (await session.scalars(query.order_by(CapSource.tenant, CapSource.created_at))).all()


def _hash(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "replace")).digest()
