"""What was said of somebody's safety is forgotten: with the person who is erased, and of everybody when its time is over.

The columns of a board stay whole: whoever is erased stands among those of whom nothing is known.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Notice, SafetyAnswer
from notices.safety import household_records, proving

AT_ONCE: Final = 200
"""Homes in one transaction."""
_OPTIONS: Mapping[str, object] = {"journalled": True, "synchronize_session": False}


async def forget_person(session: AsyncSession, tenant: str, person: str, now: datetime) -> None:
    """What was said of them goes; what they said of others stays, without its note."""
    theirs = or_(SafetyAnswer.subject == person, SafetyAnswer.by == person)
    doors = await _doors(session, tenant, theirs)
    gone = delete(SafetyAnswer).where(SafetyAnswer.tenant == tenant, SafetyAnswer.subject == person)
    await session.execute(gone, execution_options=_OPTIONS)
    said = update(SafetyAnswer).where(SafetyAnswer.tenant == tenant, SafetyAnswer.by == person)
    await session.execute(said.values(note="", place=""), execution_options=_OPTIONS)
    await _tell(session, tenant, doors, now)


async def old(session: AsyncSession, tenant: str, before: datetime) -> Sequence[Any]:
    """Notice and household of what is older, some at a time."""
    query = (
        select(SafetyAnswer.notice, SafetyAnswer.household)
        .join(Notice, (Notice.tenant == SafetyAnswer.tenant) & (Notice.id == SafetyAnswer.notice))
        .where(Notice.tenant == tenant, Notice.published_at < before, SafetyAnswer.received_at < before)
        .distinct()
        .limit(AT_ONCE)
    )
    return (await session.execute(query)).all()


async def forget(session: AsyncSession, tenant: str, rows: Sequence[Any], now: datetime) -> None:
    """All that was said of these homes."""
    doors = {(notice, household) for notice, household in rows}
    for notice, household in sorted(doors):
        key = (SafetyAnswer.tenant == tenant, SafetyAnswer.notice == notice)
        gone = delete(SafetyAnswer).where(*key, SafetyAnswer.household == household)
        await session.execute(gone, execution_options=_OPTIONS)
    await _tell(session, tenant, doors, now)


async def _doors(
    session: AsyncSession, tenant: str, which: ColumnElement[bool]
) -> Collection[tuple[str, str]]:
    query = select(SafetyAnswer.notice, SafetyAnswer.household).where(SafetyAnswer.tenant == tenant, which)
    return {(notice, household) for notice, household in await session.execute(query)}


async def _tell(
    session: AsyncSession, tenant: str, doors: Collection[tuple[str, str]], now: datetime
) -> None:
    if not doors:
        return
    await household_records.write(session, tenant, doors)
    await proving.boards_due(session, tenant, doors, now)
