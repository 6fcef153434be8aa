"""The records of printed sheets: one copy for the leader of the block, one for the officers; gone when the sheet no longer
counts.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Notice, Sheet
from notices.records import audience as places
from sync import Change, record


def write(session: AsyncSession, sheet: Sheet, body: dict[str, Any] | None) -> None:
    leader, officers = places.leader_scope(sheet.block), places.officers_scope(sheet.association)
    record(session, sheet.tenant, Change(leader, "sheets", f"{sheet.id}.l", body))
    record(session, sheet.tenant, Change(officers, "sheets", f"{sheet.id}.o", body))


async def forget(session: AsyncSession, notice: Notice) -> None:
    """What was printed of it counts no longer: it was withdrawn, has expired, or asks anew."""
    query = select(Sheet).where(Sheet.tenant == notice.tenant, Sheet.notice == notice.id)
    for sheet in await session.scalars(query.order_by(Sheet.id)):
        write(session, sheet, None)
