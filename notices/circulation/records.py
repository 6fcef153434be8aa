"""What phones hold of circulars: the clerks one record each, with its totals; officers one for each that their association got.

A clerk's phone holds no record per association: 400 circulars a year to 300 associations are not for a phone.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Circulation, City, Notice
from notices.publishing import life
from notices.records import audience as places
from notices.records.placing import files_of
from notices.tokyo import wire
from sync import Change, record

Body = dict[str, Any]
GRADES: Final = {
    "noChannel": Circulation.no_channel,
    "planned": Circulation.planned,
    "handedOver": Circulation.handed_over,
    "onThePhone": Circulation.on_the_phone,
    "stamped": Circulation.stamped,
}
STATES: Final = ("received", "forwarded", "declined")


async def keep(session: AsyncSession, circular: Notice) -> None:
    """The clerks' record of it, from its first draft on; none of a draft that was thrown away."""
    city = await _city(session, circular.tenant)
    thrown_away = life.is_thrown_away(circular.state, circular.published_at)
    body = None if thrown_away else await told(session, circular)
    record(
        session,
        circular.tenant,
        Change(places.clerks_scope(city.id), "circulations", circular.id, body),
    )


async def told(session: AsyncSession, circular: Notice) -> Body:
    """A circular as its clerks see it."""
    return {
        "circular": circular.id,
        **await _said(session, circular),
        "audience": dict(circular.audience) or "all",
        "author": {"name": circular.author_name, "title": circular.author_title},
        "state": circular.state,
        "createdAt": wire(circular.created_at),
        "heldUntil": wire(circular.held_until),
        "publishAt": wire(circular.publish_at),
        "withdrawnAt": wire(circular.withdrawn_at),
        "counts": await totals(session, circular.tenant, circular.id),
    }


async def totals(session: AsyncSession, tenant: str, circular: str) -> Body:
    """Associations by state, and the grades of the homes of those that forwarded it."""
    states = [func.count().filter(Circulation.state == state) for state in STATES]
    homes = [func.coalesce(func.sum(each), 0) for each in (Circulation.households, *GRADES.values())]
    query = select(func.count(), *states, *homes)
    row = (
        await session.execute(query.where(Circulation.tenant == tenant, Circulation.circular == circular))
    ).one()
    numbers = [int(each) for each in row]
    grades = dict(zip(GRADES, numbers[5:], strict=True))
    return {
        "associations": numbers[0],
        **dict(zip(STATES, numbers[1:4], strict=True)),
        "households": numbers[4],
        "grades": grades,
    }


async def place(session: AsyncSession, circular: Notice, rows: Sequence[Circulation] | None = None) -> None:
    """The officers' records of these passages, or of all."""
    if rows is None:
        query = select(Circulation).where(
            Circulation.tenant == circular.tenant, Circulation.circular == circular.id
        )
        rows = (await session.scalars(query)).all()
    if not rows:
        return
    city, said = await _city(session, circular.tenant), await _said(session, circular)
    for row in rows:
        body = said | _passage(row) | {"city": city.name, "circularState": circular.state}
        scope = places.officers_scope(row.association)
        record(
            session,
            row.tenant,
            Change(scope, "circulations", f"{row.circular}.{row.association}", body),
        )


def _passage(row: Circulation) -> Body:
    return {
        "circular": row.circular,
        "association": row.association,
        "state": row.state,
        "receivedAt": wire(row.received_at),
        "decidedAt": wire(row.decided_at),
        "by": row.decided_name,
        "notice": row.notice,
        "cover": row.cover,
        "ownDeadline": wire(row.deadline),
        "reason": row.reason,
    }


async def _said(session: AsyncSession, circular: Notice) -> Body:
    return {
        "kind": circular.kind,
        "topic": circular.topic,
        "title": circular.title,
        "body": circular.body,
        "files": await files_of(session, circular.tenant, circular.id),
        "form": circular.form,
        "urgency": circular.urgency,
        "deadline": wire(circular.deadline),
        "expiresAt": wire(circular.expires_at),
        "revision": circular.revision,
        "publishedAt": wire(circular.published_at),
        "correctedAt": wire(circular.corrected_at),
    }


async def _city(session: AsyncSession, tenant: str) -> City:
    return (await session.scalars(select(City).where(City.tenant == tenant))).one()
