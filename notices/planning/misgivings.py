"""A plan that looks wrong stops and asks: nobody at all, or ten times as many letters to a home as ever before.

What is usual is measured per household, so that a notice to one block after years to all, or the other way round, is
nothing strange. An emergency is stopped for nobody alone: a copy too many harms less than one that is not sent.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import case, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due
from notices.errors import NothingAsked
from notices.models import Notice, Planning
from notices.planning import asking
from notices.publishing import drafts
from notices.town.standing import Standing

NOBODY: Final = "nobody"
FAR_MORE: Final = "far-more"
TIMES: Final = 10
SOME: Final = 20
"""Deliveries; fewer are never far more."""
EXPECTED: Final = 3
"""Where so few would be usual, nobody is nothing strange."""
_PAST: Final = 10
"""Plans that make what is usual."""


def misgiving(
    planning: Planning, usual: float | None, households: int, deliveries: int, *, ends: bool
) -> str | None:
    """PURE: why the plan should stop here, were `households` and `deliveries` added to it. `usual`: per household."""
    if planning.insisted or usual is None:
        return None
    households, deliveries = planning.households + households, planning.deliveries + deliveries
    if ends and deliveries == 0 and usual * households >= EXPECTED:
        return NOBODY
    far_more = deliveries > max(TIMES * usual * households, SOME)
    return FAR_MORE if far_more and planning.urgency != "emergency" else None


async def usual(session: AsyncSession, planning: Planning) -> float | None:
    """Deliveries per household in the latest whole plans of the same association, or of the city; None where there is none
    yet, and where it changes nothing."""
    if planning.urgency == "emergency" and planning.deliveries:
        return None  # it is stopped for nobody alone, and has somebody
    notice = await session.get_one(Notice, (planning.tenant, planning.notice))
    past = (
        select(Planning.households, Planning.deliveries)
        .join(Notice, (Notice.tenant == Planning.tenant) & (Notice.id == Planning.notice))
        .where(Planning.tenant == planning.tenant, Notice.association == notice.association)
        .where(Planning.notice != planning.notice, Planning.closed_at.is_not(None))
        .where(Planning.households > 0, Planning.resend == "all")
        .order_by(Planning.created_at.desc())
        .limit(_PAST)
        .subquery()
    )
    query = select(func.sum(past.c.households), func.sum(past.c.deliveries))
    households, deliveries = (await session.execute(query)).one()
    return int(deliveries) / int(households) if households else None


async def stop(session: AsyncSession, planning: Planning, reason: str, now: datetime) -> None:
    """Nothing more is planned until whoever speaks for it says so; the notice is not finished, says why, and they hear of it."""
    planning.stopped = reason
    await session.flush()
    notice = await session.get_one(Notice, (planning.tenant, planning.notice))
    await drafts.keep(session, notice)
    await asking.tell(session, planning, notice, now)


async def insist(session: AsyncSession, by: Standing, notice: Notice, now: datetime) -> None:
    """An officer has looked: it goes on, or ends with nobody. Raises NothingAsked."""
    rows = update(Planning).where(Planning.tenant == notice.tenant, Planning.notice == notice.id)
    rows = rows.where(Planning.stopped.is_not(None), Planning.closed_at.is_(None))
    nobody = Planning.stopped == NOBODY
    rows = rows.values(
        stopped=None,
        insisted=Planning.insisted + 1,
        due_at=now,
        # The roster may have been mended meanwhile: from the first home again.
        after=case((nobody, null()), else_=Planning.after),
        households=case((nobody, 0), else_=Planning.households),
    )
    done = await session.scalars(
        rows.returning(Planning.revision).execution_options(synchronize_session=False)
    )
    if not done.all():
        raise NothingAsked()
    await audit.write(session, by.tenant, by.person, "notice.insist", notice.id, {}, now)
    await drafts.keep(session, notice)
    due.tap(session)
