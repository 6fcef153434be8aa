"""Whether the database is the one that was last seen here. An older one is what a restore by hand looks like, and
phones may hold more than it knows: their epoch ends, and they start their copies afresh.

SQLite: a small file beside the database, outside every backup, says how long the log was (`kairan.db.seen`). It is
written every few seconds at most, so what was done last before a crash may not be in it; a copy from so shortly
before would go unnoticed here, and is then noticed by the first phone that is ahead of it (`sync.epochs`).
PostgreSQL: the server's system identifier, its timeline, and the numbers of the database and of one table.
"""

import json
import logging
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from server.house import House
from server.processes import ready
from sync import epochs

log = logging.getLogger("kairan")

# pg_control_checkpoint() would tell the old timeline until the first checkpoint after a promotion.
_ORIGIN: Final = """
SELECT concat_ws('.',
  (SELECT system_identifier FROM pg_control_system()),
  substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
  (SELECT oid FROM pg_database WHERE datname = current_database()),
  'sync_scope'::regclass::oid)
"""
_WITHIN: Final = """
SELECT concat_ws('.',
  (SELECT oid FROM pg_database WHERE datname = current_database()),
  'sync_scope'::regclass::oid)
"""
"""For a server whose owner does not let us ask for more: dumps that are loaded again are noticed, no more."""


@dataclass(frozen=True, slots=True)
class Seen:
    """`length`: changes in the log; `epoch`: the highest."""

    length: int
    epoch: int


async def at_start(house: House) -> bool:
    """True where an epoch was ended. Call it before the first phone is answered."""
    return await _look(house, starting=True)


async def look_again(house: House) -> bool:
    """While the server runs: notes how far the log is, and sees to which database it has been moved."""
    return await _look(house, starting=False)


async def _look(house: House, *, starting: bool) -> bool:
    file = ready.database_file(house.settings)
    now = house.clock()
    if file is None:
        async with house.db.write() as session:
            ended = bool(await epochs.begin(session, await origin(session), now))
    else:
        ended = await _sqlite(house, file, now, starting)
    if ended:
        log.warning("this database is older, or another, than the one phones know: they start afresh")
    return ended


async def _sqlite(house: House, file: Path, now: datetime, starting: bool) -> bool:
    before, there = _read(file), await _standing(house)
    if before is not None:
        behind = there.length < before.length or there.epoch < before.epoch
    else:
        # Another machine, or a folder that was tidied: nobody can say whether anything is missing.
        async with house.db.read() as session:
            behind = starting and await epochs.seen_by_phones(session)
    if behind:
        async with house.db.write() as session:
            await epochs.rotate(session, now, known=before.epoch if before else 0)
        there = await _standing(house)
    if there != before:
        _write(file, there)
    return behind


async def _standing(house: House) -> Seen:
    async with house.db.read() as session:
        return Seen(await epochs.length(session), await epochs.newest(session))


async def origin(session: AsyncSession) -> str:
    """What tells this database of PostgreSQL from every other, and from itself before a restore."""
    try:
        async with session.begin_nested():
            return str(await session.scalar(text(_ORIGIN)))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":
            raise
    return str(await session.scalar(text(_WITHIN)))


def _beside(database: Path) -> Path:
    return database.with_name(database.name + ".seen")


def _read(database: Path) -> Seen | None:
    with suppress(OSError, ValueError, TypeError, KeyError):
        said = json.loads(_beside(database).read_text())
        return Seen(int(said["length"]), int(said["epoch"]))
    return None


def _write(database: Path, seen: Seen) -> None:
    """The old one or the new one, whenever the power goes."""
    beside = _beside(database)
    fresh = beside.with_name(beside.name + ".new")
    with fresh.open("w") as out:
        json.dump(asdict(seen), out)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(beside)
