"""What an association does with a circular: passes it on to its homes, by an officer or by itself, or says it is not for them.

The copy is the association's own notice, and goes out by publish.py as every other.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.circulation import counting, passage, records
from notices.circulation.errors import CircularUnknown, CoverTooLong, ReasonMissing
from notices.circulation.passage import Act, Circular, State
from notices.errors import KairanError, NotAllowed
from notices.forms import shape
from notices.models import Association, Circulation, City, Notice, NoticeFile
from notices.publishing import drafts, publish
from notices.publishing.compose import Draft, checked_body
from notices.records import projection
from notices.town.standing import Standing

SHARED: Final = {"read": True}
"""Others forward it meanwhile; it is corrected or withdrawn before or after, so that a copy is never overlooked."""


async def received(
    session: AsyncSession, by: Standing, circular: str, association: str | None
) -> tuple[Notice, Circulation]:
    """The circular and its passage through an association of theirs, locked. Raises CircularUnknown, NotAllowed.

    `association` may be left out by whoever is an officer of one alone that has it.
    """
    query = select(Circulation).where(Circulation.tenant == by.tenant, Circulation.circular == circular)
    if association is not None:
        query = query.where(Circulation.association == association)
    theirs = {held.association for held in by.seats if by.officer_of(held.association)}
    query = query.where(Circulation.association.in_(sorted(filter(None, theirs))))
    rows = (await session.scalars(query.order_by(Circulation.association).with_for_update())).all()
    notice = await session.get(Notice, (by.tenant, circular), with_for_update=SHARED)
    if notice is None or len(rows) != 1:
        raise CircularUnknown()
    return notice, rows[0]


async def forward(
    session: AsyncSession,
    by: Standing,
    circular: Notice,
    row: Circulation,
    cover: str,
    deadline: datetime | None,
    now: datetime,
    undo: timedelta,
) -> Notice:
    """By an officer, with a note and a deadline of their own; held for `undo` as every notice of theirs.

    Raises what passage.after and passage.own_deadline raise, CoverTooLong, NobodyThere.
    """
    seat = by.seat_in(row.association)
    if seat is None:
        raise NotAllowed()
    _decide(row, "forward", circular, now)
    row.deadline = deadline
    until = passage.own_deadline(deadline, circular.deadline, now)
    if cover.strip():
        checked_body(cover)
    if len(cover) > passage.COVER_LENGTH:
        raise CoverTooLong(most=passage.COVER_LENGTH, length=len(cover))
    row.cover, row.reason = cover.strip(), None
    row.decided_by, row.decided_name = by.person, by.name
    copy = await _copy(session, circular, row, by, seat.title, until, now)
    await audit.write(
        session, by.tenant, by.person, "circular.forward", circular.id, {"association": row.association}, now
    )
    await publish.announce(session, by, copy, now, undo)
    await _kept(session, circular, row, now)
    return copy


async def by_itself(
    session: AsyncSession, tenant: str, circular_id: str, association: str, now: datetime
) -> None:
    """By the association's standing order. Whoever was faster, or changed the order meanwhile, has the last word."""
    key = (tenant, circular_id, association)
    row = await session.get(Circulation, key, with_for_update=True)
    circular = await session.get(Notice, (tenant, circular_id), with_for_update=SHARED)
    place = await session.get(Association, (tenant, association))
    if row is None or circular is None or place is None or not place.forwards_by_itself:
        return
    if row.state != "received":
        return
    author = Standing(tenant, circular.author, circular.author_title, (), ())
    try:
        _decide(row, "forward", circular, now)
        copy = await _copy(
            session, circular, row, author, await _city(session, tenant), circular.deadline, now
        )
    except KairanError:
        return  # withdrawn, or over, before its turn came
    if not await publish.anybody(session, copy):
        await _forget(session, copy, row)
        row.state = "received"
    else:
        await publish.wait(session, copy, now, timedelta())
        await publish.publish(session, copy, now)
    await audit.write(
        session, tenant, None, "circular.forward", circular.id, {"association": association}, now
    )
    await _kept(session, circular, row, now)


async def decline(
    session: AsyncSession, by: Standing, circular: Notice, row: Circulation, reason: str, now: datetime
) -> None:
    """Not for us, and why. Raises what passage.after raises, ReasonMissing."""
    reason = reason.strip()
    if not reason or len(reason) > passage.REASON_LENGTH:
        raise ReasonMissing()
    checked_body(reason)
    again = row.state == "declined"
    _decide(row, "decline", circular, now)
    if not again:
        row.reason, row.decided_by, row.decided_name = reason, by.person, by.name
    detail = {"association": row.association}
    await audit.write(session, by.tenant, by.person, "circular.decline", circular.id, detail, now)
    await _kept(session, circular, row, now)


async def took_back(session: AsyncSession, copy: Notice, now: datetime) -> None:
    """Its copy came back before it had left: the circular waits for the association again."""
    assert copy.circular is not None
    assert copy.association is not None
    key = (copy.tenant, copy.circular, copy.association)
    row = await session.get_one(Circulation, key, with_for_update=True)
    circular = await session.get_one(Notice, (copy.tenant, copy.circular))
    _decide(row, "take-back", circular, now)
    await _forget(session, copy, row)
    await _kept(session, circular, row, now)


async def choose(
    session: AsyncSession, by: Standing, association: str, now: datetime, *, by_itself: bool
) -> None:
    """The standing order: what comes from now on goes on by itself, or waits for an officer."""
    if not by.officer_of(association):
        raise NotAllowed()
    row = await session.get_one(Association, (by.tenant, association), with_for_update=True)
    row.forwards_by_itself = by_itself
    await projection.associations(session, by.tenant, [association])
    await audit.write(
        session, by.tenant, by.person, "circular.policy", association, {"byItself": by_itself}, now
    )


def _decide(row: Circulation, act: Act, circular: Notice, now: datetime) -> None:
    state: State = row.state  # type: ignore[assignment]
    row.state = passage.after(state, act, Circular(circular.state, circular.deadline), now)
    row.decided_at = None if row.state == "received" else row.decided_at or now


async def _copy(
    session: AsyncSession,
    circular: Notice,
    row: Circulation,
    by: Standing,
    title: str,
    until: datetime | None,
    now: datetime,
) -> Notice:
    """The association's own notice, yet to be sent; with the city's files."""
    draft = Draft(
        kind=circular.kind,
        topic=circular.topic,
        title=circular.title,
        body=await words_of_copy(session, circular, row.cover),
        deadline=until,
        expires_at=circular.expires_at,
        urgency=circular.urgency,
        form=None if circular.form is None else shape.of_json(circular.form),
    )
    copy = drafts.drafted(
        by, row.association, draft, passage.copy_id(circular.id, row.association), title, now
    )
    copy.circular, row.notice = circular.id, copy.id
    session.add(copy)
    await session.flush()
    await copy_files(session, circular, copy)
    return copy


async def words_of_copy(session: AsyncSession, circular: Notice, cover: str) -> str:
    return passage.words(circular.body, cover, await _city(session, circular.tenant))


async def copy_files(session: AsyncSession, circular: Notice, copy: Notice) -> None:
    """The city's files in place of those it had."""
    of = NoticeFile.tenant == copy.tenant
    await session.execute(delete(NoticeFile).where(of, NoticeFile.notice == copy.id))
    rows = select(
        NoticeFile.tenant,
        literal(copy.id, NoticeFile.notice.type),
        NoticeFile.position,
        NoticeFile.sha256,
        NoticeFile.name,
    ).where(of, NoticeFile.notice == circular.id)
    columns = ("tenant", "notice", "position", "sha256", "name")
    await session.execute(insert(NoticeFile).from_select(columns, rows))


async def _forget(session: AsyncSession, copy: Notice, row: Circulation) -> None:
    """A copy nobody has seen."""
    await session.execute(
        delete(NoticeFile).where(NoticeFile.tenant == copy.tenant, NoticeFile.notice == copy.id)
    )
    drafts.drop(session, copy)
    await session.delete(copy)
    row.notice, row.cover, row.deadline, row.decided_by, row.decided_name = None, "", None, None, None
    row.decided_at = None


async def _kept(session: AsyncSession, circular: Notice, row: Circulation, now: datetime) -> None:
    await session.flush()
    await records.place(session, circular, [row])
    counting.soon(session, row.tenant, row.circular, row.association, now)


async def _city(session: AsyncSession, tenant: str) -> str:
    return (await session.scalars(select(City.name).where(City.tenant == tenant))).one()
