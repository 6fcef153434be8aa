"""Brings a database to the newest schema: numbered migrations with one head, replayed on both databases."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert
from sqlalchemy.ext.asyncio import create_async_engine

from notices.models import Due
from notices.records import rewriting

FOLDER = Path(__file__).parent / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Creates an SQLite file where there is none. Not to be called inside a running event loop.

    At the newest schema, the records of all that is there are due to be written anew: a newer program may tell phones
    of kinds that the older one did not know. What is unchanged is not written, and wakes nobody.
    """

    def go(connection: Connection) -> None:
        command.upgrade(_config(connection), revision)
        if revision in ("head", newest()):
            connection.execute(delete(Due).where(Due.kind == rewriting.KIND))
            if rows := rewriting.due_rows(connection.execute(rewriting.ASSOCIATIONS)):
                connection.execute(insert(Due), rows)

    _run(url, go)


def present(url: str) -> str | None:
    """The revision the database is at, None when it is empty."""
    found: list[str | None] = []
    _run(url, lambda connection: found.append(MigrationContext.configure(connection).get_current_revision()))
    return found[0]


def newest() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def _run(url: str, work: Callable[[Connection], object]) -> None:
    async def go() -> None:
        engine = create_async_engine(url)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(work)
        finally:
            await engine.dispose()

    asyncio.run(go())
