"""A whole database, to be compared with itself: what was refused has changed nothing."""

from typing import Any, Final

from sqlalchemy import select

from server.db import Database
from sync import Base

Whole = dict[str, list[str]]
BEHIND: Final = frozenset({"device"})
"""When a phone was last heard of is written behind its requests."""


async def whole(db: Database, *without: str) -> Whole:
    """Every row of every table but these."""
    found: Whole = {}
    async with db.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in BEHIND | set(without):
                rows: list[Any] = list(await session.execute(select(table)))
                found[table.name] = sorted(repr(tuple(row)) for row in rows)
    return found


def changed(before: Whole, after: Whole) -> set[str]:
    """The tables that differ."""
    return {name for name in before if before[name] != after[name]}
