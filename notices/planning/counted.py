"""What PostgreSQL knows of tables that were empty a moment ago.

Until it has counted, a table of 100,000 rows is one of a few to it, and joins are made accordingly: the first press to a
whole town took minutes. Autovacuum looks once a minute, and is too late for it.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many

_UNKNOWN: Final = text(
    "SELECT relname FROM pg_class WHERE reltuples <= 0 AND oid IN (CAST('notice_household' AS regclass), "
    "CAST('message' AS regclass), CAST('delivery' AS regclass)) ORDER BY relname"
)


async def count_what_is_new(session: AsyncSession) -> None:
    """Once in the life of a database. A table that somebody else counts just now is left to them."""
    if many.embedded(session):
        return
    for table in (await session.scalars(_UNKNOWN)).all():
        await session.execute(text(f"ANALYZE (SKIP_LOCKED) {table}"))
