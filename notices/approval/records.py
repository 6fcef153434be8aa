"""What the phones of the city hall hold of it: one record for each notice that was asked for, in the scope of clerks."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.models import Approval, City, FileGrant, Notice, NoticeFile
from notices.records import audience as places
from notices.records.placing import files_of
from notices.tokyo import today, wire
from sync import Change, record

Body = dict[str, Any]


async def keep(session: AsyncSession, notice: Notice, row: Approval) -> None:
    city = await session.get_one(City, row.tenant)
    body = await told(session, notice, row)
    record(session, row.tenant, Change(places.clerks_scope(city.id), "approvals", row.notice, body))


async def keep_newest(session: AsyncSession, tenant: str, notice: str) -> None:
    """The last request for it, which is all that phones hold; anew, as the rows are now. Nothing where there was none."""
    query = select(Approval).where(Approval.tenant == tenant, Approval.notice == notice)
    newest = query.order_by(Approval.revision.desc()).limit(1).execution_options(populate_existing=True)
    row, letter = await session.scalar(newest), await session.get(Notice, (tenant, notice))
    if row is not None and letter is not None:
        await keep(session, letter, row)


async def alone_after(session: AsyncSession, notice: Notice, asked_at: datetime) -> int:
    """Minutes after which whoever asked may go on alone (alarm/alone.py); 0 is never."""
    if notice.urgency != "emergency":
        return 0
    return alone_minutes(await session.get_one(City, notice.tenant), asked_at)


def alone_minutes(city: City, asked_at: datetime) -> int:
    """Of a request asked then."""
    if city.alone_from is not None and city.alone_before is not None and today(asked_at) < city.alone_from:
        return city.alone_before
    return city.alone_minutes


def alone_at(asked_at: datetime, minutes: int) -> datetime:
    """From when they may: to the second, as it is told, so that who presses as it is offered is not too soon."""
    return asked_at.replace(microsecond=0) + timedelta(minutes=minutes)


async def told(session: AsyncSession, notice: Notice, row: Approval) -> Body:
    """Whole, as an approver must see it; the body of the REST answers too. `before`: of a correction, what is out."""
    wished = row.correction or {}
    decided = row.decided_by and {
        "id": row.decided_by,
        "name": row.decided_name,
        "at": wire(row.decided_at),
    }
    waits = await alone_after(session, notice, row.asked_at)
    return {
        "notice": row.notice,
        "revision": row.revision,
        "state": row.state,
        "kind": notice.kind,
        "topic": notice.topic,
        "title": wished.get("title", notice.title),
        "body": wished.get("body", notice.body),
        "before": row.correction and {"title": wished["titleBefore"], "body": wished["bodyBefore"]},
        "urgency": notice.urgency,
        "translations": notice.translations,
        "refersTo": notice.refers_to,
        "step": notice.step,
        "audience": dict(notice.audience) or "all",
        "files": await files_of(session, row.tenant, row.notice),
        "form": notice.form,
        "deadline": wire(notice.deadline),
        "expiresAt": wire(notice.expires_at),
        "publishAt": wire(notice.publish_at),
        "asked": {
            "id": row.asked_by,
            "name": row.asked_name,
            "title": row.asked_title,
            "at": wire(row.asked_at),
        },
        "decided": decided,
        "reason": row.reason,
        "alone": row.alone,
        "aloneAt": wire(alone_at(row.asked_at, waits)) if waits else None,
        "forecast": row.forecast,
    }


async def grant(session: AsyncSession, notice: Notice) -> None:
    """The city hall may open its files before anybody else can."""
    city = await session.get_one(City, notice.tenant)
    scope = places.clerks_scope(city.id)
    ours = delete(FileGrant).where(
        FileGrant.tenant == notice.tenant,
        FileGrant.notice == notice.id,
        FileGrant.scope_kind == scope.kind,
    )
    await session.execute(ours)
    files = select(NoticeFile.sha256).where(
        NoticeFile.tenant == notice.tenant, NoticeFile.notice == notice.id
    )
    for sha256 in sorted(set(await session.scalars(files))):
        session.add(
            FileGrant(
                tenant=notice.tenant,
                sha256=sha256,
                scope_kind=scope.kind,
                scope_key=scope.key,
                notice=notice.id,
            )
        )
    await session.flush()
