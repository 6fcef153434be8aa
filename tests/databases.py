"""Makes and drops databases on a PostgreSQL server, fast enough to give every test its own."""

import asyncio
from typing import Final
from uuid import uuid4

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

PATIENCE: Final = 60
"""Seconds in which a database is made or dropped; the server itself gives up after five if others are connected."""


class Databases:
    """The databases of a run on the server at `url` (a superuser's), over one connection that stays open."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        # A loop of its own, never the current one: pytest-asyncio owns that.
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._engine = create_async_engine(
            self._url, isolation_level="AUTOCOMMIT", connect_args={"command_timeout": PATIENCE}
        )
        self._connection = self._runner.run(self._engine.connect().start())

    def create(self, copy_of: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of `copy_of`'s, to which nobody may be connected."""
        name = f"kairan_test_{uuid4().hex}"
        template = make_url(copy_of).database if copy_of else "template0"
        # FILE_COPY takes half the time of the default for databases as small as ours.
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self._url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop the database at `url`, and whatever is still connected to it."""
        self._run(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        self._runner.run(self._connection.close())
        self._runner.run(self._engine.dispose())
        self._runner.close()

    def _run(self, statement: str) -> None:
        self._runner.run(self._connection.execute(text(statement)))
