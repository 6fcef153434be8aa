"""A request that is repeated after a lost answer makes nothing a second time: its key remembers what it made."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.errors import KeyReused
from notices.models import Idempotency


async def once(
    session: AsyncSession, tenant: str, person: str, key: str, request: bytes, answer: str, now: datetime
) -> str | None:
    """Claims `key` for this request and what it will make. A repeat gets the id of what the first one made.

    `request` is a hash of route and body. Raises KeyReused where the key stands for another request.
    """
    row = due.upsert(session, Idempotency.__table__).values(
        tenant=tenant, person=person, key=key, request=request, answer=answer, at=now
    )
    # The second of two at once waits here for the first one's commit.
    fresh = await session.scalar(row.on_conflict_do_nothing().returning(Idempotency.__table__.c.key))
    if fresh is not None:
        return None
    kept = await session.get_one(Idempotency, (tenant, person, key))
    if kept.request != request:
        raise KeyReused()
    return kept.answer
