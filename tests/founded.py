"""The small town's rows, founded once by the real path and copied into each later test's empty database."""

from typing import Any

from sqlalchemy import insert, select

from server.db import Database
from sync import Base

Rows = dict[str, list[dict[str, Any]]]
_kept: dict[str, Rows] = {}
"""By database kind: a UUID of one is not a UUID of the other."""


def known(db: Database) -> bool:
    return db.dialect in _kept


async def keep(db: Database) -> None:
    async with db.read() as session:
        _kept[db.dialect] = {
            table.name: [dict(row) for row in (await session.execute(select(table))).mappings()]
            for table in Base.metadata.sorted_tables
        }


async def copy(db: Database) -> None:
    async with db.write() as session:
        connection = await session.connection()
        for table in Base.metadata.sorted_tables:
            if rows := _kept[db.dialect][table.name]:
                await connection.execute(insert(table), rows)
