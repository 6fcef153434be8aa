"""A form of the city is answered in each association's copy; here their sums are put together."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.forms import counting, shape
from notices.models import FormTally, Notice

Body = dict[str, Any]


async def told(session: AsyncSession, circular: Notice, now: datetime) -> Body:
    """As the copies were counted last, a second or two ago. Closed when every copy is: each has a deadline of its own."""
    assert circular.form is not None
    copies = (Notice.tenant == circular.tenant, Notice.circular == circular.id)
    counts: Body = {"asked": 0, "answered": 0, "questions": {}}
    query = select(FormTally.counts).join(
        Notice, (Notice.tenant == FormTally.tenant) & (Notice.id == FormTally.notice)
    )
    for each in await session.scalars(query.where(*copies)):
        counts = added(counts, each)
    open_ = (Notice.state == "published") & (Notice.deadline.is_(None) | (Notice.deadline > now))
    still = await session.scalar(select(func.count()).select_from(Notice).where(*copies, open_))
    form, over = shape.of_json(circular.form), not still
    return {
        "notice": circular.id,
        "title": circular.title,
        "form": circular.form,
        "closed": over,
        "counts": counting.hidden(form, counts, closed=over),
    }


def added(one: Mapping[str, Any], other: Mapping[str, Any]) -> Body:
    """Numbers added up, at whatever depth; what is no number is none here."""
    total = dict(one)
    for name, value in other.items():
        if isinstance(value, Mapping):
            total[name] = added(total.get(name) or {}, value)
        elif value is not None:
            total[name] = (total.get(name) or 0) + value
    return total
