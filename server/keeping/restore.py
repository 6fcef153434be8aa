"""A backup comes back, on hold: nothing is sent until an operator says so, and every phone starts its copy afresh.

What was there before is kept beside it. On SQLite the restored file is finished (migrated, on hold, with its new
epoch) before it takes the place of the old one; on PostgreSQL the data, the hold and the epoch are one transaction.
"""

import asyncio
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cryptography.exceptions import InvalidTag
from sqlalchemy import func, select

from notices import audit
from notices.models import Address, City
from notices.vault import Vault
from server import migrate
from server.db import Database
from server.keeping import backup, dump
from server.operations.holding import put_on_hold
from server.processes import ready
from server.processes.admin import Progress
from server.processes.ready import NotReady
from server.settings import Settings
from sync.models import SyncMeta

_BESIDE: Final = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept`: where the database that was there is now; `cities`: how many are on hold."""

    about: backup.About
    cities: int
    files: int
    kept: Path | None


def restore(settings: Settings, source: Path, overwrite: bool, progress: Progress) -> Restored:
    """Raises NotReady, KeysMissing, Locked."""
    about = backup.about(source)
    backup.verify(source, progress)
    vault = ready.kept_keys(settings).vault
    file = ready.database_file(settings)
    if about.kind != ("sqlite" if file is not None else "postgresql"):
        raise NotReady(
            f"This is a backup of {about.kind}; KAIRAN_DATABASE_URL names another kind of database."
        )
    if about.revision not in ready.known_revisions():
        raise NotReady("This backup was made by a newer Kairan. Install that version or a later one.")
    if file is not None:
        with ready.alone(settings):
            cities, kept = _sqlite(file, source, about, vault, overwrite)
    else:
        cities, kept = _postgresql(settings, source, about, vault, overwrite, progress)
    with backup.reaching(settings) as (store, runner):
        for done, (tenant, sha256, data) in enumerate(backup.attachments(source), 1):
            runner.run(store.put(tenant, sha256, data))
            progress(done, about.files)
    return Restored(about, cities, about.files, kept)


def _sqlite(
    file: Path, source: Path, about: backup.About, vault: Vault, overwrite: bool
) -> tuple[int, Path | None]:
    with TemporaryDirectory(dir=file.absolute().parent, prefix=".kairan-") as folder:
        _insist_on_leave(file.exists(), overwrite, f"The database file {file}")
        fresh = Path(folder) / file.name
        url = f"sqlite+aiosqlite:///{fresh}"
        backup.take_database(source, fresh)
        ready.insist_on_sound_file(fresh)
        migrate.upgrade(url)
        there = asyncio.run(_epoch(f"sqlite+aiosqlite:///{file}", vault)) if file.exists() else 0
        cities = asyncio.run(_begin_again(url, vault, about))
        with closing(sqlite3.connect(fresh, isolation_level=None)) as whole:
            whole.execute("UPDATE sync_meta SET epoch = max(epoch, ?) + 1", (_above(there),))
            whole.execute("PRAGMA journal_mode=DELETE")
        kept = _put_aside(file)
        fresh.replace(file)
    return cities, kept


def _put_aside(file: Path) -> Path | None:
    """With its log, if a crash left one: that holds the last transactions."""
    if not file.exists():
        return None
    kept = file.with_name(f"{file.name}.before-restore-{_stamp()}")
    for suffix in reversed(_BESIDE):
        with suppress(FileNotFoundError):
            file.with_name(file.name + suffix).rename(kept.with_name(kept.name + suffix))
    return kept


def _postgresql(
    settings: Settings,
    source: Path,
    about: backup.About,
    vault: Vault,
    overwrite: bool,
    progress: Progress,
) -> tuple[int, Path | None]:
    url = settings.database_url
    there = ready.asked(settings, lambda: migrate.present(url)) is not None
    _insist_on_leave(there, overwrite, ready.where(settings))
    dump.insist_on_nobody(url)
    before, kept = 0, None
    if there:
        before = asyncio.run(_epoch(url, vault))
        kept = source.with_name(f"{source.name}.before-restore-{_stamp()}")
        backup.make(settings, kept, progress)
    with TemporaryDirectory(dir=source.absolute().parent, prefix=".kairan-") as folder:
        database = Path(folder) / "database"
        backup.take_database(source, database)
        dump.restore_postgresql(url, database, Path(folder), _above(before))
    migrate.upgrade(url)
    return asyncio.run(_begin_again(url, vault, about)), kept


def _insist_on_leave(there: bool, overwrite: bool, name: str) -> None:
    if there and not overwrite:
        raise NotReady(f"{name} is there already. Add --yes to replace it; the old one is kept beside.")


def _above(before: int) -> int:
    """Every epoch that a phone may know lies below: of what is replaced, and of an earlier restore of the same backup
    on a machine that is gone, which only the clock can tell from this one. (The backup's own: see the UPDATE.)"""
    return max(before, int(time.time()))


async def _epoch(url: str, vault: Vault) -> int:
    """The highest of the database that goes; 0 where it is too damaged to say."""
    with suppress(Exception):
        db = Database(url, vault)
        try:
            async with db.read() as session:
                return await session.scalar(select(func.max(SyncMeta.epoch))) or 0
        finally:
            await db.close()
    return 0


async def _begin_again(url: str, vault: Vault, about: backup.About) -> int:
    """Every city on hold, and on record. → how many cities."""
    db = Database(url, vault)
    now = datetime.now(UTC)
    try:
        async with db.write() as session:
            address = await session.scalar(select(Address).limit(1))
            if address is not None:
                _insist_on_key(vault, address)
            cities = (await session.scalars(select(City))).all()
            for city in cities:
                await put_on_hold(session, city, True)
                await audit.write(
                    session, city.tenant, None, "backup.restored", city.id, {"made": about.made}, now
                )
            return len(cities)
    finally:
        await db.close()


def _insist_on_key(vault: Vault, address: Address) -> None:
    try:
        vault.decrypt(address.tenant, address.secret)
    except (InvalidTag, KeyError):
        raise NotReady(
            "The key file does not open this backup. Put back the key file of the time it was made."
        ) from None


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
