"""Work at a time: a row per piece of work, replaced rather than doubled, taken in one transaction with its effect."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Due


def upsert(session: AsyncSession, table: Any) -> Any:
    """`INSERT … ON CONFLICT` of whichever database this is; both spell it alike."""
    return (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)


async def put(
    session: AsyncSession, tenant: str, kind: str, subject: str, at: datetime, *, sooner_wins: bool = False
) -> None:
    """Due at `at`; an earlier row for the same work moves there, unless `sooner_wins` and it is due before."""
    await put_all(session, tenant, kind, [subject], at, sooner_wins=sooner_wins)


async def put_all(
    session: AsyncSession,
    tenant: str,
    kind: str,
    subjects: Sequence[str],
    at: datetime,
    *,
    sooner_wins: bool = False,
) -> None:
    if not subjects:
        return
    statement = upsert(session, Due.__table__)
    # Sorted: two transactions that touch the same rows then lock them in the same order.
    rows = [
        {"tenant": tenant, "kind": kind, "subject": subject, "at": at, "attempt": 0}
        for subject in sorted(subjects)
    ]
    only = Due.at > statement.excluded.at if sooner_wins else None
    statement = statement.on_conflict_do_update(
        index_elements=["tenant", "kind", "subject"], set_={"at": statement.excluded.at}, where=only
    )
    await session.execute(statement, rows)


async def drop(session: AsyncSession, tenant: str, kind: str, subject: str) -> None:
    await session.execute(delete(Due).where(Due.tenant == tenant, Due.kind == kind, Due.subject == subject))


async def take(session: AsyncSession, now: datetime) -> Due | None:
    """The oldest due piece, locked and taken off the list; its effect belongs in the same transaction."""
    query = select(Due).where(Due.at <= now).order_by(Due.at).limit(1).with_for_update(skip_locked=True)
    row = await session.scalar(query)
    if row is not None:
        await session.delete(row)
        await session.flush()
    return row


async def postpone(session: AsyncSession, tenant: str, kind: str, subject: str, at: datetime) -> None:
    """After a failure: the row, which the failed transaction gave back, comes later and counts it."""
    rows = update(Due).where(Due.tenant == tenant, Due.kind == kind, Due.subject == subject)
    await session.execute(rows.values(at=at, attempt=Due.attempt + 1))
