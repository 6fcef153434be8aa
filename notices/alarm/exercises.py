"""HOW EXERCISES WENT, year by year: statistics of their own, which no other count has a part of.

A year (年度) begins in April. An exercise is set beside the last one of the year before that was made of the same prepared
text; where there was none, beside the last one of that year.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, Subquery, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm.chain import FIRST
from notices.alarm.kinds import EXERCISE
from notices.errors import FieldWrong
from notices.finding.search import APRIL
from notices.models import Notice, NoticeHousehold
from notices.publishing import life
from notices.tokyo import midnight, today, wire

Body = dict[str, Any]
SHARES: Final = (50, 90)
"""Per cent of all homes."""
FACTS: Final = ("handed_over_at", "on_phone_at", "stamped_at")
MOST: Final = 100
_row = NoticeHousehold


async def of_year(session: AsyncSession, tenant: str, year: int | None, now: datetime) -> Body:
    """{year, exercises}: the city's own, newest first, each with `before`. Raises FieldWrong."""
    chosen = _year_of(now) if year is None else year
    if not 2000 <= chosen <= 2200:
        raise FieldWrong(field="year", why="it is not a year from 2000 to 2200")
    before = await _held_in(session, tenant, chosen - 1)
    told: list[Body] = []
    for row in await _held_in(session, tenant, chosen):
        beside = _beside(row, before)
        told.append(
            await _figures(session, row)
            | {"before": None if beside is None else await _figures(session, beside)}
        )
    return {"year": chosen, "exercises": told}


def _year_of(now: datetime) -> int:
    day = today(now)
    return day.year if day.month >= APRIL else day.year - 1


def _beside(row: Notice, before: Sequence[Notice]) -> Notice | None:
    alike = [each for each in before if row.template is not None and each.template == row.template]
    return next(iter([*alike, *before]), None)


async def _held_in(session: AsyncSession, tenant: str, year: int) -> Sequence[Notice]:
    """First messages: what followed in an exercise is a part of it. One that was withdrawn was none."""
    query = select(Notice).where(
        Notice.tenant == tenant,
        Notice.association.is_(None),
        Notice.kind == EXERCISE,
        Notice.step == FIRST,
        Notice.state.in_(life.OUT),
        Notice.published_at >= midnight(date(year, APRIL, 1)),
        Notice.published_at < midnight(date(year + 1, APRIL, 1)),
    )
    return (await session.scalars(query.order_by(Notice.published_at.desc(), Notice.id).limit(MOST))).all()


async def _figures(session: AsyncSession, row: Notice) -> Body:
    homes, handed_over, on_phone, answered = (await session.execute(_counts(row))).one()
    return {
        "id": row.id,
        "title": row.title,
        "template": row.template,
        "publishedAt": wire(row.published_at),
        "households": homes,
        "handedOver": handed_over,
        "onThePhone": on_phone,
        "answered": answered,
        "minutesToHandOver": await _minutes(session, row, "handed_over_at", homes),
        "minutesToAnswer": await _minutes(session, row, "stamped_at", homes),
    }


def _homes(row: Notice) -> Subquery:
    """A row per home, with when it first came so far, by the first message or by one that took its place."""
    chain = select(Notice.id).where(
        Notice.tenant == row.tenant, or_(Notice.id == row.id, Notice.refers_to == row.id)
    )
    first = [func.min(getattr(_row, fact)).label(fact) for fact in FACTS]
    query = select(_row.household, *first).where(_row.tenant == row.tenant, _row.notice.in_(chain))
    return query.group_by(_row.household).subquery()


def _counts(row: Notice) -> Select[int, int, int, int]:
    home = _homes(row).c
    handed_over, on_phone, answered = (func.count(home[fact]) for fact in FACTS)
    return select(func.count(), handed_over, on_phone, answered).select_from(home.household.table)


async def _minutes(session: AsyncSession, row: Notice, fact: str, homes: int) -> Body:
    """`50`, `90`: after how many minutes so many per cent of all homes had come so far; None: they never have."""
    found: Body = {}
    at_all = _homes(row).c[fact]
    for share in SHARES:
        place = max(-(-homes * share // 100), 1)
        query = select(at_all).where(at_all.is_not(None)).order_by(at_all)
        at = await session.scalar(query.offset(place - 1).limit(1))
        since = row.published_at
        found[str(share)] = (
            None if at is None or since is None else round((at - since).total_seconds() / 60, 1)
        )
    return found
