"""A notice of the city, as little of it as a second person needs: written, asked for, and published when approved.

How it goes round is the circulations' affair.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.approval import asking
from notices.approval.recipients import associations_of
from notices.attachments import files
from notices.errors import AudienceEmpty, IdTaken, NotFound
from notices.models import Approval, Association, Notice
from notices.publishing.compose import Draft, checked
from notices.publishing.publish import insist, revision
from notices.town.standing import Standing


async def write(session: AsyncSession, by: Standing, draft: Draft, now: datetime, id: str) -> Approval:
    """Asked for in the same transaction. Raises ClerksOnly, NobodyToApprove, and what compose.checked raises."""
    seat = asking.clerk_seat(by)
    checked(draft, now)
    await _insist_on_associations(session, by.tenant, draft)
    if await session.get(Notice, (by.tenant, id)) is not None:
        raise IdTaken()
    notice = Notice(
        tenant=by.tenant,
        id=id,
        association=None,
        kind=draft.kind,
        topic=draft.topic,
        title=draft.title,
        body=draft.body,
        audience=dict(draft.audience),
        translations={},
        public=False,
        urgency=draft.urgency,
        state="draft",
        revision=1,
        stamp_round=1,
        author=by.person,
        author_name=by.name,
        author_title=seat.title,
        deadline=draft.deadline,
        expires_at=draft.expires_at,
        created_at=now,
    )
    session.add(notice)
    await session.flush()
    await files.attach(session, by, id, draft.files, now)
    await audit.write(session, by.tenant, by.person, "notice.write", id, {"kind": draft.kind}, now)
    return await asking.ask(session, by, notice, now)


async def publish(session: AsyncSession, notice: Notice, now: datetime) -> None:
    insist(notice, "awaiting")
    notice.state, notice.published_at = "published", now
    session.add(revision(notice, "all", notice.author, now))


async def _insist_on_associations(session: AsyncSession, tenant: str, draft: Draft) -> None:
    chosen = associations_of(draft.audience)
    if chosen is None:
        return
    if not chosen:
        raise AudienceEmpty()
    query = select(func.count()).where(
        Association.tenant == tenant, Association.id.in_(chosen), Association.ended_at.is_(None)
    )
    if await session.scalar(query) != len(set(chosen)):
        raise NotFound()
