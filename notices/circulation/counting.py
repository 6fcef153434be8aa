"""The clerk's numbers: each association's ledger is counted into its passage, and the circular's totals are kept as a record.

Counted a moment after a ledger has moved, and never as somebody looks: 300 ledgers are too many for a page.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.circulation import records
from notices.ledger import reach
from notices.models import Circulation, Due, Notice

TALLY: Final = "tally"
"""Of due rows: `tally <circular>.<association>`."""
AT_ONCE: Final = 100
"""Ledgers counted in one transaction."""
WAIT: Final = timedelta(seconds=1)
_COLUMNS: Final = {name: column.key for name, column in records.GRADES.items()}


def soon(session: AsyncSession, tenant: str, circular: str, association: str, now: datetime) -> None:
    due.soon(session, tenant, TALLY, [f"{circular}.{association}"], now + WAIT)


async def moved(session: AsyncSession, tenant: str, ledgers: Collection[str], now: datetime) -> None:
    """The ledgers of these `<notice>.<block>` were written: those of circulars are counted soon."""
    notices = sorted({subject.partition(".")[0] for subject in ledgers})
    query = select(Notice.circular, Notice.association).where(
        Notice.tenant == tenant, Notice.id.in_(notices), Notice.circular.is_not(None)
    )
    for circular, association in await session.execute(query):
        assert circular is not None
        assert association is not None
        soon(session, tenant, circular, association, now)


async def tally(session: AsyncSession, tenant: str, circular: str, now: datetime) -> None:
    """Counts the circular anew wherever a count of it is due, and keeps its totals.

    The circular is locked first, so that of two workers the second adds up what the first has counted; then its passages,
    and only then are the rows that are due taken: whoever passes it on locks these in that order. A passage that somebody
    has in their hands just now is counted after them.
    """
    notice = await session.get(Notice, (tenant, circular), with_for_update=True, populate_existing=True)
    if notice is None:
        return
    mine = (Due.tenant == tenant, Due.kind == TALLY, Due.at <= now)
    rows = select(Due.subject).where(*mine, Due.subject.startswith(f"{circular}.", autoescape=True))
    due_at = {subject.partition(".")[2] for subject in await session.scalars(rows.limit(AT_ONCE))}
    passages = select(Circulation.association).where(
        Circulation.tenant == tenant, Circulation.circular == circular, Circulation.association.in_(due_at)
    )
    free = await session.scalars(passages.order_by(Circulation.association).with_for_update(skip_locked=True))
    associations = free.all()
    taken = delete(Due).where(*mine, Due.subject.in_([f"{circular}.{each}" for each in associations]))
    await session.execute(taken.execution_options(synchronize_session=False))
    for association in associations:
        await _count(session, tenant, circular, association)
    await records.keep(session, notice)


async def _count(session: AsyncSession, tenant: str, circular: str, association: str) -> None:
    key = (Circulation.tenant == tenant, Circulation.circular == circular)
    here = (*key, Circulation.association == association)
    copy_id = await session.scalar(select(Circulation.notice).where(*here))
    copy = await session.get(Notice, (tenant, copy_id)) if copy_id is not None else None
    grades = dict.fromkeys(reach.GRADES, 0)
    if copy is not None and copy.published_at is not None:
        grades = await reach.counted(session, copy)
    values = {column: grades[name] for name, column in _COLUMNS.items()}
    rows = update(Circulation).where(*here).values(**values, households=sum(grades.values()))
    await session.execute(rows, execution_options={"journalled": True, "synchronize_session": False})
