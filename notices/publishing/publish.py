"""A NOTICE IS PUBLISHED here. Its life is a table: life.py.

The publishing transaction holds all that follows from it: the notice and its journal records, one row per household
of the audience (the denominator for ever), the planning row, and the first deliveries. The worker does the rest.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due, ids
from notices.alarm import follow_ups, kinds
from notices.alarm.alarm_errors import NotLater
from notices.attachments import files
from notices.circulation import recipients
from notices.errors import BlockForeign, DeadlinePast, IdTaken, NobodyThere, NotAllowed, NotFound
from notices.forms import results
from notices.gateways import calls
from notices.ladder import beginning
from notices.models import Block, CapSource, Household, Notice, NoticeHousehold, NoticeRevision
from notices.planning import plan
from notices.publishing import drafts, life
from notices.publishing.compose import Draft, checked
from notices.records import audience as places
from notices.records import placing
from notices.town.standing import Standing, standing


async def write(
    session: AsyncSession,
    by: Standing,
    association: str,
    draft: Draft,
    now: datetime,
    id: str | None = None,
    *,
    announced: bool = False,
) -> Notice:
    """A new draft. `id` is the client's own where it was made offline; `announced`: it is, in the same transaction, so
    no phone is to hold it as it is now. Raises what compose.checked raises.
    """
    seat = by.seat_in(association)
    if seat is None:
        raise NotAllowed()
    checked(draft, now)
    await own_blocks(session, by.tenant, association, places.blocks_of(draft.audience))
    draft = replace(draft, audience=await follow_ups.audience(session, by.tenant, association, draft))
    if id is not None and await session.get(Notice, (by.tenant, id)) is not None:
        raise IdTaken()
    notice = drafts.drafted(by, association, draft, id or ids.new_id(), seat.title, now)
    session.add(notice)
    await session.flush()
    await files.attach(session, by, notice.id, draft.files, now)
    if not announced:
        await drafts.keep(session, notice)
    await audit.write(session, by.tenant, by.person, "notice.write", notice.id, {"kind": draft.kind}, now)
    return notice


async def find(session: AsyncSession, by: Standing, id: str) -> Notice:
    """An officer's own notice, or a clerk's of the city, locked for change. What is not theirs to see is not there."""
    query = select(Notice).where(Notice.tenant == by.tenant, Notice.id == id).with_for_update()
    notice = await session.scalar(query)
    if notice is None or not by.speaks_for(notice.association):
        raise NotFound()
    return notice


async def announce(
    session: AsyncSession,
    by: Standing,
    notice: Notice,
    now: datetime,
    undo: timedelta,
    at: datetime | None = None,
    *,
    stood: bool = False,
) -> None:
    """The press of the button: held for `undo`, or scheduled for `at`, or out at once where there is no hold. Twice sends once.
    `stood`: a draft that others may have open. Raises WrongState, DeadlinePast, NobodyThere, NotLater, and what
    follow_ups.insist raises.
    """
    if life.stays(notice.state, "hold"):
        return
    if notice.deadline is not None and notice.deadline <= max(now, at or now):
        raise DeadlinePast()
    if not await anybody(session, notice):
        raise NobodyThere()
    if at is not None and notice.urgency == "emergency":
        raise NotLater()
    if notice.kind in kinds.ALARMS:
        await follow_ups.insist(session, notice)
        undo = timedelta()
    notice.revision += stood
    if not await hold(session, by, notice, now, undo, at):
        await publish(session, notice, now)


async def hold(
    session: AsyncSession,
    by: Standing,
    notice: Notice,
    now: datetime,
    undo: timedelta,
    at: datetime | None = None,
) -> bool:
    """As `wait`. Whoever presses answers for it: an officer may send what another has drafted."""
    await audit.write(session, by.tenant, by.person, "notice.publish", notice.id, {}, now)
    notice.announced_by = by.person
    return await wait(session, notice, now, undo, at)


async def wait(
    session: AsyncSession, notice: Notice, now: datetime, undo: timedelta, at: datetime | None = None
) -> bool:
    """It is to go out: after `undo`, or `at`. → whether it waits for that; False: its moment has come."""
    if at is not None and at > now:
        notice.state, release = life.after(notice.state, "schedule"), at
        notice.publish_at = release
    else:
        notice.state, release = life.after(notice.state, "hold"), now + undo
        notice.held_until = release
    if release <= now:
        return False
    await due.put(session, notice.tenant, "publish", notice.id, release)
    await drafts.keep(session, notice)
    return True


async def publish(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """The publishing transaction. A notice that is not waiting any more is left as it is: a straggler."""
    if life.stays(notice.state, "release"):
        return
    ready = await anybody(session, notice) and await still_speaks(session, notice, now)
    if not ready or not await follow_ups.stands(session, notice):
        await give_back(session, notice, now)
        return
    notice.state, notice.published_at = life.after(notice.state, "release"), now
    await follow_ups.take_place(session, notice, now)
    await _fix_households(session, notice)
    session.add(revision(notice, "all", notice.author, now))
    await files.grant(session, notice)
    await placing.place(session, notice)
    await results.begin(session, notice, now)
    if notice.expires_at is not None:
        await due.put(session, notice.tenant, "expire", notice.id, notice.expires_at)
    await plan.begin(session, notice, "all", now)
    await drafts.keep(session, notice)
    await beginning.begin(session, notice, now)
    await calls.tell(session, notice, "published", now)


async def still_speaks(session: AsyncSession, notice: Notice, now: datetime) -> bool:
    """Whether whoever pressed is an officer still: a term may have ended while the notice waited."""
    if notice.announced_by is None and await _needs_no_press(session, notice):
        return True
    sender = await standing(session, notice.tenant, notice.announced_by or notice.author, now)
    return sender is not None and sender.speaks_for(notice.association)


async def _needs_no_press(session: AsyncSession, notice: Notice) -> bool:
    """By an association's standing order, or an alert by a rule of the city."""
    by_rule = select(CapSource.id).where(CapSource.tenant == notice.tenant, CapSource.id == notice.author)
    return notice.circular is not None or await session.scalar(by_rule) is not None


async def give_back(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """Back to a draft, for the officers of today to decide: its sender has left, its audience has, or it is old."""
    await _draft_again(session, notice, "give-back")
    await audit.write(session, notice.tenant, None, "notice.returned", notice.id, {}, now)


async def undo(session: AsyncSession, by: Standing, notice: Notice, now: datetime) -> None:
    """Back to a draft, as long as nothing has left. Raises WrongState."""
    await _draft_again(session, notice, "undo")
    await audit.write(session, by.tenant, by.person, "notice.undo", notice.id, {}, now)


async def _draft_again(session: AsyncSession, notice: Notice, deed: life.Deed) -> None:
    notice.state = life.after(notice.state, deed)
    notice.held_until = notice.publish_at = None
    await drafts.keep(session, notice)


def revision(notice: Notice, resend: str, by: str, now: datetime) -> NoticeRevision:
    said = {"title": notice.title, "body": notice.body, "topic": notice.topic}
    said["deadline"] = notice.deadline.isoformat() if notice.deadline else ""
    return NoticeRevision(
        tenant=notice.tenant,
        notice=notice.id,
        revision=notice.revision,
        said=said,
        resend=resend,
        by=by,
        at=now,
    )


async def own_blocks(
    session: AsyncSession, tenant: str, association: str, blocks: Sequence[str] | None
) -> None:
    if blocks is None:
        return
    if not all(ids.is_id(block) for block in blocks):
        raise BlockForeign()
    query = select(func.count()).select_from(Block).where(Block.tenant == tenant, Block.id.in_(blocks))
    query = query.where(Block.association == association, Block.ended_at.is_(None))
    if await session.scalar(query) != len(set(blocks)):
        raise BlockForeign()


def _audience(notice: Notice) -> Any:
    query = select(Household).where(Household.tenant == notice.tenant, Household.left_at.is_(None))
    if notice.association is None:
        return query.where(Household.association.in_(recipients.chosen(notice.tenant, notice.audience)))
    query = query.where(Household.association == notice.association)
    blocks = places.blocks_of(notice.audience)
    return query if blocks is None else query.where(Household.block.in_(blocks))


async def anybody(session: AsyncSession, notice: Notice) -> bool:
    return await session.scalar(_audience(notice).with_only_columns(literal(1)).limit(1)) is not None


async def _fix_households(session: AsyncSession, notice: Notice) -> None:
    """Who it is for, as of now, in one statement. Later joiners get the notice by sync, not by message.

    In the order of their key: each index then only grows at its end.
    """
    columns = ("tenant", "notice", "household", "block", "walk", "paper", "round", "planned", "proxy")
    rows = (
        _audience(notice)
        .with_only_columns(
            Household.tenant,
            literal(notice.id, NoticeHousehold.notice.type),
            Household.id,
            Household.block,
            Household.walk,
            Household.on_paper,
            literal(notice.stamp_round),
            literal(0),
            literal(False),
        )
        .order_by(Household.id)
    )
    await session.execute(insert(NoticeHousehold).from_select(columns, rows))
