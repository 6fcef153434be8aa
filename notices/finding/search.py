"""An officer finds what was sent. 10,000 notices of an association are read through in some tens of milliseconds: see 0048."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import FieldWrong
from notices.finding import folding
from notices.models import Notice
from notices.tokyo import midnight, wire

Body = dict[str, Any]
MOST: Final = 50
LONGEST: Final = 100
"""Letters of what is asked for."""
APRIL: Final = 4
"""With which a year (年度) of an association begins."""


async def search(
    session: AsyncSession,
    tenant: str,
    association: str | None,
    asked: str,
    year: int | None,
    month: int | None,
) -> Body:
    """{notices, more}: the newest MOST, without their text. All the words of `asked` stand in the title or the text.

    `association`: None is the city's own. `year`: the one that begins in April of that year; `month`: of that year.
    Raises FieldWrong.
    """
    whose = Notice.association.is_(None) if association is None else Notice.association == association
    # A draft that was thrown away was never sent.
    sent = or_(Notice.state != "withdrawn", Notice.published_at.is_not(None))
    query = select(Notice).where(Notice.tenant == tenant, whose, sent)
    at = func.coalesce(Notice.published_at, Notice.created_at)
    for each in _words(asked):
        query = query.where(Notice.words.contains(each, autoescape=True))
    if month is not None and year is None:
        raise FieldWrong(field="year", why="a month is one of a year")
    if year is not None:
        begins, ends = _span(year, month)
        query = query.where(at >= begins, at < ends)
    rows = (await session.scalars(query.order_by(at.desc(), Notice.id.desc()).limit(MOST + 1))).all()
    return {"notices": [_told(row) for row in rows[:MOST]], "more": len(rows) > MOST}


def _words(asked: str) -> list[str]:
    if len(asked) > LONGEST:
        raise FieldWrong(field="q", why=f"it has more than {LONGEST} letters")
    if "\0" in asked:
        raise FieldWrong(field="q", why="it contains a control character")
    return folding.terms(asked)


def _span(year: int, month: int | None) -> tuple[datetime, datetime]:
    if not 2000 <= year <= 2200:
        raise FieldWrong(field="year", why="it is not a year from 2000 to 2200")
    if month is None:
        return midnight(date(year, APRIL, 1)), midnight(date(year + 1, APRIL, 1))
    if not 1 <= month <= 12:
        raise FieldWrong(field="month", why="it is not a month from 1 to 12")
    first = date(year if month >= APRIL else year + 1, month, 1)
    after = date(first.year + (month == 12), month % 12 + 1, 1)
    return midnight(first), midnight(after)


def _told(row: Notice) -> Body:
    return {
        "id": row.id,
        "association": row.association,
        "kind": row.kind,
        "topic": row.topic,
        "title": row.title,
        "state": row.state,
        "deadline": wire(row.deadline),
        "createdAt": wire(row.created_at),
        "publishedAt": wire(row.published_at),
        "author": {"name": row.author_name, "title": row.author_title},
    }
