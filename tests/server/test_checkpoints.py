"""SQLite's log is taken into the file between the transactions, not by whoever presses; what is committed is safe before."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from server import db as edge
from server import keys
from server.db import Database
from tests.server.test_overtaking import working
from tests.town import town

NOTED = text("INSERT INTO sync_meta (tenant, epoch, next_scope) VALUES (:tenant, 1, 1)")
PAGE = 4096 + 24
"""Bytes of a page in the log, with what stands before it."""


async def noted(db: Database, tenant: str) -> None:
    async with db.write() as session:
        await session.execute(NOTED, {"tenant": tenant})


def filed(url: str, tenant: str) -> bool:
    """Whether the file alone has it."""
    return tenant.encode() in Path(make_url(url).database or "").read_bytes()


def found_after_a_kill(url: str, folder: Path) -> list[str]:
    """By the next process, of the file and the log as they lie there now."""
    for suffix in ("", "-wal"):
        shutil.copy(f"{make_url(url).database}{suffix}", folder / f"left.db{suffix}")
    with closing(sqlite3.connect(folder / "left.db")) as left:
        return [tenant for (tenant,) in left.execute("SELECT tenant FROM sync_meta ORDER BY tenant")]


def logged(url: str) -> int:
    return Path(f"{make_url(url).database}-wal").stat().st_size


def opened(url: str, folder: Path) -> Database:
    return Database(url, keys.make(folder / "other").vault)


async def test_what_is_committed_is_there_after_a_kill_before_it_was_taken_into_the_file(
    sqlite_database: str, tmp_path: Path
) -> None:
    db = opened(sqlite_database, tmp_path)
    await noted(db, "harumati")
    assert not filed(sqlite_database, "harumati")
    assert found_after_a_kill(sqlite_database, tmp_path) == ["harumati"]
    await db.checkpoint()
    assert filed(sqlite_database, "harumati")
    await db.close()


async def test_what_somebody_still_reads_around_is_taken_next_time(
    sqlite_database: str, tmp_path: Path
) -> None:
    db = opened(sqlite_database, tmp_path)
    await noted(db, "harumati")
    async with db.read() as session:
        await session.execute(text("SELECT count(*) FROM sync_meta"))
        await noted(db, "akimati")
        await db.checkpoint()
        assert not filed(sqlite_database, "akimati")
    await db.checkpoint()
    assert filed(sqlite_database, "akimati"), "though nobody has written since"
    await db.close()


async def test_the_log_does_not_grow_where_nobody_takes_it_into_the_file(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "LOGGED", 40)
    db = opened(sqlite_database, tmp_path)
    for at in range(100):
        await noted(db, f"t{at}")
    assert logged(sqlite_database) < 60 * PAGE
    await db.close()


async def test_a_worker_takes_it_into_the_file_by_itself(sqlite_database: str, tmp_path: Path) -> None:
    async with town(sqlite_database, tmp_path) as here:
        await noted(here.house.db, "harumati")
        assert not filed(sqlite_database, "harumati")
        async with working(here.house, poll=0.05), asyncio.timeout(60):
            while not filed(sqlite_database, "harumati"):  # noqa: ASYNC110 - the worker writes
                await asyncio.sleep(0.01)


async def test_on_postgresql_there_is_nothing_to_do(postgresql_database: str, tmp_path: Path) -> None:
    db = opened(postgresql_database, tmp_path)
    await noted(db, "harumati")
    await db.checkpoint()
    await db.close()
