"""Towns founded once by the real path; each later test's empty database becomes a copy. A town has a name here."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from server.db import Database
from sync import Base

Rows = dict[str, list[dict[str, Any]]]
_kept: dict[tuple[str, str], Any] = {}
"""By town and kind of database: an SQLite file as it is, the rows of any other, which has no files of its own to put."""


def known(town: str, db: Database) -> bool:
    return (town, db.dialect) in _kept


async def keep(town: str, db: Database) -> None:
    _kept[town, db.dialect] = _file(db) if db.dialect == "sqlite" else await _rows(db)


async def copy(town: str, db: Database) -> None:
    """Before anything has connected to `db`."""
    kept = _kept[town, db.dialect]
    if db.dialect == "sqlite":
        _put(db, kept)
        return
    async with db.write() as session:
        connection = await session.connection()
        for table in Base.metadata.sorted_tables:
            if rows := kept[table.name]:
                await connection.execute(insert(table), rows)


def _file(db: Database) -> bytes:
    """With what is still in the write-ahead log."""
    with closing(sqlite3.connect(str(db.url.database))) as connection:
        return connection.serialize()


def _put(db: Database, file: bytes) -> None:
    Path(str(db.url.database)).write_bytes(file)


async def _rows(db: Database) -> Rows:
    async with db.read() as session:
        return {
            table.name: [dict(row) for row in (await session.execute(select(table))).mappings()]
            for table in Base.metadata.sorted_tables
        }
