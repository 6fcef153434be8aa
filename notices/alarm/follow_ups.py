"""Updates and all-clears, of rows: whether one may go out, and what it takes the place of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm import chain
from notices.alarm.alarm_errors import FollowUpElsewhere
from notices.errors import KairanError
from notices.ladder import beginning
from notices.ledger import reach
from notices.models import GatewayCall, Notice
from notices.planning import calloff
from notices.publishing.compose import Draft


async def audience(
    session: AsyncSession, tenant: str, association: str | None, draft: Draft
) -> dict[str, object]:
    """Whom the draft is for: a follow-up goes where the first message went. Raises what chain.follow does."""
    message = chain.Message(draft.kind, association, draft.step, draft.refers_to)
    first = await _insist(session, tenant, message)
    if first is None:
        return dict(draft.audience)
    if draft.audience and dict(draft.audience) != dict(first.audience):
        raise FollowUpElsewhere()
    return dict(first.audience)


async def insist(session: AsyncSession, notice: Notice) -> None:
    """That it may go out now. The first message stays locked: of two all-clears pressed at once one is the second."""
    await _insist(session, notice.tenant, _message(notice))


async def stands(session: AsyncSession, notice: Notice) -> bool:
    """The same, asked of one whose hour has come."""
    try:
        await insist(session, notice)
    except KairanError:
        return False
    return True


async def _insist(session: AsyncSession, tenant: str, message: chain.Message) -> Notice | None:
    """→ the first message, where it is not one itself."""
    chain.well_formed(message.kind, message.step, message.refers_to)
    if message.refers_to is None:
        return None
    first = await session.get(Notice, (tenant, message.refers_to), with_for_update=True)
    cleared = select(Notice.id).where(
        Notice.tenant == tenant,
        Notice.refers_to == message.refers_to,
        Notice.step == chain.ALL_CLEAR,
        Notice.published_at.is_not(None),
        Notice.state != "withdrawn",
    )
    over = await session.scalar(cleared.limit(1)) is not None
    chain.follow(message, None if first is None else _message(first), cleared=over)
    return first


def _message(notice: Notice) -> chain.Message:
    return chain.Message(notice.kind, notice.association, notice.step, notice.refers_to, notice.state)


async def take_place(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """What came before it in its chain is neither repeated nor sent any more: whoever was off hears the newest alone."""
    for earlier in await _earlier(session, notice):
        await beginning.end(session, earlier)
        await calloff.stop(session, earlier, "superseded", now)
        await reach.changed(session, earlier.tenant, earlier.id, now)
        waits = update(GatewayCall).where(
            GatewayCall.tenant == earlier.tenant, GatewayCall.notice == earlier.id, GatewayCall.state == "due"
        )
        skipped = {"state": "skipped", "reason": "superseded", "due_at": None, "settled_at": now}
        await session.execute(waits.values(skipped).execution_options(synchronize_session=False))


async def _earlier(session: AsyncSession, notice: Notice) -> Sequence[Notice]:
    if notice.refers_to is None:
        return ()
    query = select(Notice).where(
        Notice.tenant == notice.tenant,
        or_(Notice.id == notice.refers_to, Notice.refers_to == notice.refers_to),
        Notice.id != notice.id,
        Notice.state == "published",
    )
    return (await session.scalars(query.order_by(Notice.id).with_for_update())).all()


async def overtaken(session: AsyncSession, notice: Notice) -> bool:
    """Whether a newer one of its chain is out."""
    if notice.published_at is None:
        return False
    newer = select(Notice.id).where(
        Notice.tenant == notice.tenant,
        Notice.refers_to == (notice.refers_to or notice.id),
        Notice.id != notice.id,
        Notice.published_at > notice.published_at,
        Notice.state != "withdrawn",
    )
    return await session.scalar(newer.limit(1)) is not None
