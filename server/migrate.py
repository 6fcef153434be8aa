"""Brings a database to the newest schema: numbered migrations with one head, replayed on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, insert, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from notices.models import Due
from notices.records import rewriting

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Creates an SQLite file where there is none. Not to be called inside a running event loop.

    At the newest schema, the records of all that is there are due to be written anew: a newer program may tell phones
    of kinds that the older one did not know. What is unchanged is not written, and wakes nobody.
    """

    # Not at the top: every process looks how old its database is, and alembic takes 7 MB.
    from alembic import command

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
    _run(url, lambda connection: found.append(_revision(connection)))
    return found[0]


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def revisions() -> list[str]:
    """As their files are numbered, the oldest first."""
    return sorted(file.name.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*_*.py"))


def newest() -> str:
    return revisions()[-1]


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

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
