"""A database is set aside and put back by hand, as by an operator who copies it while nothing runs."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Protocol

import asyncpg
from sqlalchemy.engine import URL, make_url


class Backup(Protocol):
    """Nobody may be connected while it works."""

    def make(self) -> None: ...
    def put_back(self) -> None:
        """Once; then it is used up."""

    def drop(self) -> None: ...


def backup_of(url: str) -> Backup:
    place = make_url(url)
    return _File(Path(place.database or "")) if place.get_backend_name() == "sqlite" else _Copy(place)


class _File:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._aside = file.with_name("backup.db")

    def make(self) -> None:
        shutil.copyfile(self._file, self._aside)

    def put_back(self) -> None:
        for suffix in ("-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        self._aside.replace(self._file)

    def drop(self) -> None:
        self._aside.unlink(missing_ok=True)


class _Copy:
    """A database of the same server, under another name: what a dump that is loaded again comes to."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._here, self._aside = f'"{url.database}"', f'"{url.database}_aside"'

    def make(self) -> None:
        # Half the time of the default for databases as small as ours.
        self._say(f"CREATE DATABASE {self._aside} TEMPLATE {self._here} STRATEGY FILE_COPY")

    def put_back(self) -> None:
        self._say(
            f"DROP DATABASE {self._here} WITH (FORCE)",
            f"ALTER DATABASE {self._aside} RENAME TO {self._here}",
        )

    def drop(self) -> None:
        self._say(f"DROP DATABASE IF EXISTS {self._aside} WITH (FORCE)")

    def _say(self, *statements: str) -> None:
        asyncio.run(self._said(statements))

    async def _said(self, statements: tuple[str, ...]) -> None:
        beside = self._url.set(drivername="postgresql", database="postgres")
        connection = await asyncpg.connect(beside.render_as_string(hide_password=False))
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()
