"""What PostgreSQL knows of tables that were empty a moment ago.

Until it has counted, a table of 100,000 rows is one of a few to it, and joins are made accordingly: the first press to a
whole town took minutes. Autovacuum looks once a minute, and is too late for it.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many

TIMES = 8
"""What has grown so many times is counted again; what has never been, from as many pages on."""

_UNKNOWN: Final = text(
    # Few pages are not worth it. And what was counted in a transaction that is rolled back, as that of a rehearsal, would
    # stay written all the same, and a whole town behind it would be one row for ever.
    "SELECT relname FROM pg_class WHERE oid IN (CAST('notice_household' AS regclass), "
    "CAST('message' AS regclass), CAST('delivery' AS regclass)) "
    "AND pg_relation_size(oid) > CAST(:times AS bigint) * CAST(current_setting('block_size') AS bigint) "
    "* greatest(relpages, 1) ORDER BY relname"
)


async def count_what_is_new(session: AsyncSession) -> None:
    """A few times in the life of a database. A table that somebody else counts just now is left to them."""
    if many.embedded(session):
        return
    for table in (await session.scalars(_UNKNOWN, {"times": TIMES})).all():
        await session.execute(text(f"ANALYZE (SKIP_LOCKED) {table}"))
