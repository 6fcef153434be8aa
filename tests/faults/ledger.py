"""The independent checker after a faulty run: reads only the database, the mail sink and the push sink."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from server.sinks.mail import MailSink
from server.sinks.push import PushSink

OPEN = ("due", "sending", "later")


@dataclass(frozen=True, slots=True)
class Books:
    """What the database says: state → count, reasons of what failed, households by whether they were handed over."""

    states: Mapping[str, int]
    reasons: Mapping[str, int]
    households: int
    handed_over: int

    @property
    def open(self) -> int:
        return sum(self.states.get(state, 0) for state in OPEN)


async def read(database_url: str) -> Books:
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        states = await connection.execute(text("SELECT state, count(*) FROM message GROUP BY state"))
        reasons = await connection.execute(
            text("SELECT reason, count(*) FROM message WHERE reason IS NOT NULL GROUP BY reason")
        )
        homes = await connection.execute(text("SELECT count(*), count(handed_over_at) FROM notice_household"))
        total, over = homes.one()
        books = Books(
            states={row[0]: row[1] for row in states},
            reasons={row[0]: row[1] for row in reasons},
            households=total,
            handed_over=over,
        )
    await engine.dispose()
    return books


async def time_passes(database_url: str) -> None:
    """An hour goes by for every lease and every waiting message, as no test can sit one out."""
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        for column in ("lease_until", "due_at"):
            if engine.dialect.name == "postgresql":
                earlier = f"{column} - interval '1 hour'"
            else:
                earlier = f"strftime('%Y-%m-%dT%H:%M:%f000Z', {column}, '-1 hour')"
            await connection.execute(
                text(f"UPDATE message SET {column} = {earlier} WHERE {column} IS NOT NULL")
            )
    await engine.dispose()


async def the_database_gives_up_on_who_froze(database_url: str) -> None:
    """What PostgreSQL does of itself after a while (`server/db.py`), at once: transactions that are open are ended."""
    engine = create_async_engine(database_url)
    ended = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"""
    async with engine.connect() as connection:
        await connection.execute(text(ended))
    await engine.dispose()


def mail_copies(sink: MailSink) -> Counter[str]:
    """Recipient → copies."""
    return Counter(sink.recipients())


def push_copies(sink: PushSink) -> Counter[str]:
    return Counter(sink.counts())


def beyond_the_first(copies: Counter[str]) -> int:
    return sum(count - 1 for count in copies.values() if count > 1)
