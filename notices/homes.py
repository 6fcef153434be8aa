"""The homes that messages count for, and the order in which their rows of the ledger are locked."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Delivery, NoticeHousehold

_AT_ONCE: Final = 1_000
"""Messages in one statement."""
_row = NoticeHousehold


async def of(session: AsyncSession, tenant: str, messages: Collection[str]) -> Sequence[Row[str, str, str]]:
    """(notice, household, message): a row for each home that one of these messages counts for."""
    ids = sorted(messages)
    found: list[Row[str, str, str]] = []
    for start in range(0, len(ids), _AT_ONCE):
        query = select(Delivery.notice, Delivery.household, Delivery.message).where(
            Delivery.tenant == tenant, Delivery.message.in_(ids[start : start + _AT_ONCE])
        )
        found += (await session.execute(query)).all()
    return found


async def lock(session: AsyncSession, tenant: str, notice: str, households: Collection[str]) -> None:
    """In order of household (of notice, by the caller), as an UPDATE of many rows locks them in any order it likes.
    On SQLite there is one writer.
    """
    if session.get_bind().dialect.name != "sqlite":
        rows = select(_row.household).where(
            _row.tenant == tenant, _row.notice == notice, _row.household.in_(households)
        )
        await session.execute(rows.order_by(_row.household).with_for_update())
