"""Work at a time: a row per piece of work, replaced rather than doubled, taken in one transaction with its effect."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Final

from sqlalchemy import Insert, bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from notices import last
from notices.models import City, Due
from sync import Question, tell

POSTPONE: Final = timedelta(seconds=30)
"""So long what failed is left alone."""


def upsert(session: AsyncSession, table: Any) -> Any:
    """`INSERT … ON CONFLICT` of whichever database this is; both spell it alike."""
    return (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(table)


async def put(
    session: AsyncSession, tenant: str, kind: str, subject: str, at: datetime, *, sooner_wins: bool = False
) -> None:
    """Due at `at`; an earlier row for the same work moves there, unless `sooner_wins` and it is due before."""
    statement = upsert(session, Due.__table__).values(
        tenant=tenant, kind=kind, subject=subject, at=at, attempt=0
    )
    statement = statement.on_conflict_do_update(
        index_elements=["tenant", "kind", "subject"],
        set_={"at": statement.excluded.at, "attempt": 0, "failing_since": None},
        where=Due.at > statement.excluded.at if sooner_wins else None,
    )
    await session.execute(statement)


@dataclass(frozen=True, slots=True)
class _Soon:
    tenant: str
    kind: str
    subject: str
    at: datetime


def soon(session: AsyncSession, tenant: str, kind: str, subjects: Collection[str], at: datetime) -> None:
    """Due at `at`, or when it already is if that is before. Written as the transaction ends: see last.py."""
    for subject in subjects:
        last.note(session, _Soon(tenant, kind, subject, at))


class Tap(IntEnum):
    """Somebody may begin at once."""

    WORK = 1
    EMERGENCY = 2


def tap(session: AsyncSession, what: Tap = Tap.WORK) -> None:
    """There is work from this commit on. Workers hear of it a moment later, and would find it by themselves."""
    last.note(session, what)


def tapped(session: AsyncSession) -> Tap | None:
    """What `tap` was called with in this transaction, the most urgent; asked once, before it ends."""
    return max(last.noted(session, Tap), default=None)


async def settle(session: AsyncSession) -> None:
    """Writes what was noted, sorted: whoever touches the same rows then locks them in the same order."""
    earliest: dict[tuple[str, str, str], datetime] = {}
    for note in last.noted(session, _Soon):
        key = (note.tenant, note.kind, note.subject)
        earliest[key] = min(note.at, earliest.get(key, note.at))
    if not earliest:
        return
    rows = [(*key, at) for key, at in sorted(earliest.items())]
    await tell(session, _SOONER, _NEW, rows)


_NEW: Final = ("tenant", "kind", "subject", "at")


def _sooner(dialect: str) -> Insert:
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(Due.__table__)
    given = {name: bindparam(name, type_=Due.__table__.c[name].type) for name in _NEW}
    sooner: Insert = statement.values(given | {"attempt": literal_column("0")}).on_conflict_do_update(
        index_elements=["tenant", "kind", "subject"],
        set_={"at": statement.excluded.at},
        where=Due.at > statement.excluded.at,
    )
    return sooner


_SOONER: Final = Question(_sooner)
"""Written by nearly every transaction of a worker."""


async def oldest(
    session: AsyncSession, now: datetime, *, but: Collection[str] = (), only: str = ""
) -> Due | None:
    """What is to be done first, of all kinds `but` these, or `only` of one. Nothing is published of a city on hold."""
    held = select(City.tenant).where(City.on_hold.is_(True))
    waits = Due.kind.in_(("publish", "expire", "forward", "follow", "nudge")) & Due.tenant.in_(held)
    query = select(Due).where(Due.at <= now, Due.kind == only if only else Due.kind.not_in(but), ~waits)
    return await session.scalar(query.order_by(Due.at).limit(1))


async def take(session: AsyncSession, piece: Due, now: datetime) -> bool:
    """Off the list, in the transaction of its effect. False where somebody else was first, or it was put off."""
    row = delete(Due).where(
        Due.tenant == piece.tenant, Due.kind == piece.kind, Due.subject == piece.subject, Due.at <= now
    )
    taken = row.returning(Due.subject).execution_options(synchronize_session=False)
    return await session.scalar(taken) is not None


async def take_alike(session: AsyncSession, piece: Due, now: datetime, limit: int) -> Sequence[str]:
    """The subjects of what is due of the same tenant and kind, the oldest first, off the list as by `take`."""
    alike = select(Due.subject).where(Due.tenant == piece.tenant, Due.kind == piece.kind, Due.at <= now)
    chosen = await session.scalars(
        alike.order_by(Due.at, Due.subject).limit(limit).with_for_update(skip_locked=True)
    )
    subjects = chosen.all()
    rows = delete(Due).where(Due.tenant == piece.tenant, Due.kind == piece.kind, Due.subject.in_(subjects))
    await session.execute(rows.execution_options(synchronize_session=False))
    return subjects


async def postpone(session: AsyncSession, tenant: str, kind: str, subject: str, now: datetime) -> None:
    """After a failure: the row, which the failed transaction gave back, comes later and counts it."""
    rows = update(Due).where(Due.tenant == tenant, Due.kind == kind, Due.subject == subject)
    since = func.coalesce(Due.failing_since, Due.at)
    await session.execute(rows.values(at=now + POSTPONE, attempt=Due.attempt + 1, failing_since=since))
