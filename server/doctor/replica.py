"""The replica that long reads of phones are sent to: a standby of our database, and not behind."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from server.doctor import Finding, Patient, fail, ok, warn
from server.reading.apart import WRITTEN, Written

LATE: Final = 2.0
"""Seconds to catch up with what was written when the check began."""
_LOOK: Final = 0.1
_CONNECT: Final = 10
# As server/reading/apart.py judges it.
_STANDBY: Final = text("""
SELECT pg_is_in_recovery(), system_identifier::text, greatest(timeline_id, min_recovery_end_timeline),
    coalesce((pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint, 0),
    coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float, 0)
FROM pg_control_system(), pg_control_checkpoint(), pg_control_recovery()""")


@dataclass(frozen=True, slots=True)
class Standby:
    recovering: bool
    server: str
    timeline: int
    replayed: int
    """Bytes of the log."""
    age: float
    """Seconds since the newest commit it shows."""

    @classmethod
    async def seen(cls, connection: AsyncConnection) -> "Standby":
        return cls(*(await connection.execute(_STANDBY)).one())


async def replica(patient: Patient) -> Sequence[Finding]:
    if not patient.settings.replica_url:
        return []
    async with patient.db.read() as session:
        place = await session.scalar(text(WRITTEN))
    if place is None:
        said = "The database itself is a standby, of which nobody can write."
        return [fail("replica", said, "Let KAIRAN_DATABASE_URL name the primary.")]
    url = make_url(patient.settings.replica_url)
    host = url.host or url.query.get("host") or "localhost"
    written = Written.of(*place)
    try:
        found = await _after_a_while(patient.settings.replica_url, written)
    except (SQLAlchemyError, OSError) as error:
        said = f"The replica at {host} cannot be asked ({type(error).__name__})."
        return [fail("replica", said, "Start it, or take KAIRAN_REPLICA_URL away.")]
    return [judged(f"The replica at {host}", found, written)]


async def _after_a_while(url: str, written: Written) -> Standby:
    """How it stands when it has come as far, or is late. Raises SQLAlchemyError, OSError."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", connect_args={"timeout": _CONNECT})
    loop = asyncio.get_running_loop()
    try:
        async with engine.connect() as connection:
            late = loop.time() + LATE
            while (found := await Standby.seen(connection)).replayed < written.end:
                if not found.recovering or loop.time() > late:
                    break
                await asyncio.sleep(_LOOK)
            return found
    finally:
        await engine.dispose()


def judged(name: str, found: Standby, written: Written) -> Finding:
    if not found.recovering:
        return fail(
            "replica",
            f"{name} is a server of its own, and no standby.",
            "Let KAIRAN_REPLICA_URL name a streaming standby of the database, or take it away.",
        )
    if found.server != written.server:
        return fail(
            "replica",
            f"{name} is a standby of another server.",
            "Make it anew from this database (pg_basebackup), or take KAIRAN_REPLICA_URL away.",
        )
    if found.timeline != written.timeline:
        return fail(
            "replica",
            f"{name} follows timeline {found.timeline}, the database is on {written.timeline}.",
            "It was left behind by a failover: let it follow the new primary, or make it anew.",
        )
    if found.replayed < written.end:
        behind = (written.end - found.replayed) / 2**20
        return warn(
            "replica",
            f"{name} is {behind:.1f} MB of log behind; its newest commit is {found.age:.0f} s old.",
            "Look at its line, its disk and pg_stat_wal_receiver; meanwhile the database reads everything itself.",
        )
    return ok("replica", f"{name} is a standby of the database and shows all that is written.")
