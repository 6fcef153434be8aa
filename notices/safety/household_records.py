"""What a home's phones hold of a safety check: all that was said of its people, and by whom."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Person, SafetyAnswer
from notices.records import audience as places
from notices.tokyo import wire
from sync import Change, record

Body = dict[str, Any]


def record_id(notice: str, household: str) -> str:
    return f"sa.{notice}.{household}"


async def write(session: AsyncSession, tenant: str, doors: Collection[tuple[str, str]]) -> None:
    """One record per notice and home, whole. `doors`: notice and household."""
    query = (
        select(SafetyAnswer, Person.name)
        .join(Person, (Person.tenant == SafetyAnswer.tenant) & (Person.id == SafetyAnswer.by))
        .where(SafetyAnswer.tenant == tenant)
        .where(SafetyAnswer.notice.in_(sorted({notice for notice, _ in doors})))
        .where(SafetyAnswer.household.in_(sorted({household for _, household in doors})))
        .order_by(SafetyAnswer.subject)
        .execution_options(populate_existing=True)
    )
    said: dict[tuple[str, str], Body] = defaultdict(dict)
    for answer, name in await session.execute(query):
        said[answer.notice, answer.household][answer.subject] = told(answer, name)
    for notice, household in sorted(doors):
        body = {"notice": notice, "household": household, "said": said[notice, household]}
        scope = places.answers_scope(household)
        record(session, tenant, Change(scope, "answers", record_id(notice, household), body))


def told(answer: SafetyAnswer, name: str) -> Body:
    return {
        "state": answer.state,
        "note": answer.note,
        "place": answer.place,
        "at": wire(answer.at),
        "by": {"id": answer.by, "name": name},
        "how": answer.how,
        "late": answer.late,
    }
