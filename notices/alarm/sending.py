"""THE CITY'S ALARMS GO OUT here: to the homes themselves, after a second person, and held by nothing."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.alarm import follow_ups, kinds
from notices.alarm.alarm_errors import AnotherKind, NotLater
from notices.approval import asking, telling
from notices.attachments import files
from notices.circulation import recipients
from notices.errors import DeadlinePast, IdTaken, NobodyThere, NotAllowed
from notices.models import Notice
from notices.publishing import drafts, life, publish
from notices.publishing.compose import Draft, checked
from notices.town.standing import Standing


async def write(
    session: AsyncSession, by: Standing, draft: Draft, now: datetime, id: str | None = None
) -> Notice:
    """A new draft. Raises what compose.checked, recipients.insist and chain.follow raise, IdTaken."""
    if by.clerk is None:
        raise NotAllowed()
    checked(draft, now)
    draft = replace(draft, audience=await follow_ups.audience(session, by.tenant, None, draft))
    await recipients.insist(session, by.tenant, draft.audience)
    if id is not None and await session.get(Notice, (by.tenant, id)) is not None:
        raise IdTaken()
    notice = drafts.drafted(by, None, draft, id or ids.new_id(), by.clerk.title, now)
    session.add(notice)
    await session.flush()
    await files.attach(session, by, notice.id, draft.files, now)
    await drafts.keep(session, notice)
    await audit.write(session, by.tenant, by.person, "notice.write", notice.id, {"kind": draft.kind}, now)
    return notice


def insist_on_kind(notice: Notice, kind: str) -> None:
    """That whoever presses means what is there: no button of one kind sends another. Raises AnotherKind."""
    if notice.kind != kind or kind not in kinds.ALARMS:
        raise AnotherKind(kind=notice.kind)


async def ask(
    session: AsyncSession, by: Standing, notice: Notice, now: datetime, at: datetime | None = None
) -> None:
    """The press: it waits for a second person, to go out when approved; an exercise also `at`. Twice asks once. Raises
    WrongState, NotLater, and what `_insist` and asking.ask raise."""
    if life.stays(notice.state, "ask"):
        return
    if at is not None and notice.kind != kinds.EXERCISE:
        raise NotLater()
    await _insist(session, notice, max(now, at or now))
    notice.publish_at = at
    row = await asking.ask(session, by, notice, now)
    if notice.urgency == "emergency":
        await telling.tell_approvers(session, row, now, all_=True)
    await drafts.keep(session, notice)


async def approved(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """A second person has pressed: out at once, or scheduled. Raises as `ask`."""
    await _insist(session, notice, max(now, notice.publish_at or now))
    if not await publish.wait(session, notice, now, timedelta(), notice.publish_at):
        await publish.publish(session, notice, now)


async def _insist(session: AsyncSession, notice: Notice, goes_out: datetime) -> None:
    if notice.deadline is not None and notice.deadline <= goes_out:
        raise DeadlinePast()
    if not await publish.anybody(session, notice):
        raise NobodyThere()
    await follow_ups.insist(session, notice)
