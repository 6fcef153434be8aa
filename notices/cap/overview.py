"""What clerks see: the alerts that came in and what became of each, who may bring some, and the rules."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.cap import judging, rules, sources
from notices.cap.judging import KIND_OF
from notices.models import CapAlert, CapSource, Notice, Person
from notices.tokyo import wire
from notices.wording.marks import marked

MOST: Final = 100


async def of(session: AsyncSession, tenant: str, reader: str) -> dict[str, Any]:
    """`reader`: whose own rules are marked, which somebody else has to switch on."""
    written = await rules.listed(session, tenant)
    people = {person for row in written for person in (row.written_by, row.switched_by) if person}
    named = select(Person.id, Person.name).where(Person.tenant == tenant, Person.id.in_(people))
    names = {id: name for id, name in await session.execute(named)}
    there = await sources.listed(session, [tenant])
    return {
        "alerts": await _alerts(session, tenant),
        "sources": [{"name": row.name, "senders": row.senders} for row in there],
        "rules": [rules.told(row, names) | {"own": row.written_by == reader} for row in written],
    }


async def _alerts(session: AsyncSession, tenant: str) -> list[dict[str, Any]]:
    query = (
        select(CapAlert, CapSource.name, Notice.state)
        .join(CapSource, (CapSource.tenant == CapAlert.tenant) & (CapSource.id == CapAlert.source))
        .outerjoin(Notice, (Notice.tenant == CapAlert.tenant) & (Notice.id == CapAlert.notice))
        .where(CapAlert.tenant == tenant)
        .order_by(CapAlert.received_at.desc(), CapAlert.id.desc())
        .limit(MOST)
    )
    return [_told(row, source, state) for row, source, state in await session.execute(query)]


def _told(row: CapAlert, source: str, state: str | None) -> dict[str, Any]:
    names = ("id", "sender", "status", "event", "urgency", "severity", "certainty", "areas")
    return {name: getattr(row, name) for name in names} | {
        "type": row.msg_type,
        "title": marked(KIND_OF.get(row.status, ""), row.headline or row.event or row.identifier, "ja"),
        "source": source,
        "became": row.became,
        "sentence": judging.WHY[row.why] if row.why else None,
        "notice": row.notice,
        "noticeState": state,
        "receivedAt": wire(row.received_at),
        "expiresAt": wire(row.expires_at),
    }
