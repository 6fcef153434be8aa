"""What is not to be sent after all is called off: a notice withdrawn or expired, an older revision overtaken."""

from datetime import datetime
from typing import Final

from sqlalchemy import Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.ledger import reach
from notices.models import Delivery, Message, Notice, NoticeHousehold, Planning

_AT_ONCE: Final = 500
"""Messages in one statement."""


async def stop(session: AsyncSession, notice: Notice, reason: str, now: datetime) -> None:
    """Nothing more of this notice is planned or sent; what a worker has in its hands looks again by itself."""
    await _close(session, notice, now)
    await session.execute(_waiting(notice, notice.revision).values(_skipped(reason, now)))
    row = NoticeHousehold
    left = update(row).where(row.tenant == notice.tenant, row.notice == notice.id, row.planned > 0)
    left = left.where(row.handed_over_at.is_(None)).execution_options(synchronize_session=False)
    await session.execute(left.values(planned=0, failed=reason))


async def supersede(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """A newer revision is about to be sent: older messages that still wait would say the same twice."""
    await _close(session, notice, now)
    older = _waiting(notice, notice.revision - 1).values(_skipped("superseded", now))
    gone = (await session.scalars(older.returning(Message.id))).all()
    for start in range(0, len(gone), _AT_ONCE):
        await reach.fewer(session, notice.tenant, gone[start : start + _AT_ONCE], now)


async def _close(session: AsyncSession, notice: Notice, now: datetime) -> None:
    open_ = update(Planning).where(Planning.tenant == notice.tenant, Planning.notice == notice.id)
    await session.execute(open_.where(Planning.closed_at.is_(None)).values(closed_at=now))


def _waiting(notice: Notice, revision: int) -> Update:
    carried = select(Delivery.message).where(
        Delivery.tenant == notice.tenant, Delivery.notice == notice.id, Delivery.revision <= revision
    )
    rows = update(Message).where(Message.tenant == notice.tenant, Message.id.in_(carried))
    # A digest drops what is off when it goes out, and carries the rest.
    rows = rows.where(Message.state.in_(("due", "later")), Message.digest.is_(False))
    return rows.execution_options(synchronize_session=False)


def _skipped(reason: str, now: datetime) -> dict[str, object]:
    return {"state": "skipped", "reason": reason, "settled_at": now, "due_at": None}
