"""Nothing leaves a city on hold. A restore puts it there; an operator who has looked around lifts it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.ladder import beginning
from notices.ledger import reach
from notices.models import City, Delivery, Due, Message, Notice, NoticeRevision, Planning, Rung
from notices.planning import calloff
from notices.publishing import publish
from notices.records import projection
from server.house import House
from server.keeping import taken_back
from server.operations import places
from server.processes.admin import Progress, Result

STALE: Final = timedelta(hours=24)
"""What has waited longer is not sent by itself: yesterday's news, or sent already after the backup was made."""
_BATCH: Final = 500
_MEANT_FOR: Final = case(
    (NoticeRevision.at > Notice.published_at, NoticeRevision.at),
    else_=func.coalesce(Notice.publish_at, Notice.held_until, Notice.published_at),
)
"""When its officer wanted it out. After a restore a message may be planned now and its notice be of last week."""


async def hold(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{city?} → {cities: ids now on hold}."""
    async with house.db.write() as session:
        return {"cities": await _set(session, args.get("city"), True, house.clock())}


async def release(house: House, args: Mapping[str, Any], progress: Progress) -> Result:
    """{city?, sendOld} → {cities: ids released, skipped: messages too old to be sent}.

    What people took back since the backup holds again before the first message leaves. Raises StoreAway.
    """
    now = house.clock()
    skipped = 0
    async with house.db.read() as session:
        asked = [row.tenant for row in await places.cities(session, args.get("city"))]
    for tenant in asked:
        await taken_back.stay(house, tenant, now)
    async with house.db.write() as session:
        released = await _set(session, args.get("city"), False, now)
        if not args["sendOld"]:
            for tenant in released:
                await _stop_stale(session, tenant, now)
                await _let_phones_come_first(session, tenant, now)
                skipped += await _skip_stale(session, tenant, now, progress)
    return {"cities": released, "skipped": skipped}


async def note_backup(house: House, args: Mapping[str, Any], progress: Progress) -> Result:  # noqa: ARG001
    """{sha256}: personal data has left the house, which is an officer's business to know, and `doctor`'s."""
    async with house.db.write() as session:
        rows = await places.cities(session, None)
        for row in rows:
            detail = {"sha256": args["sha256"]}
            await audit.write(session, row.tenant, None, "backup.made", row.id, detail, house.clock())
    return {"cities": len(rows)}


async def put_on_hold(session: AsyncSession, row: City, on_hold: bool) -> None:
    row.on_hold = on_hold
    # Nothing a phone sees changes; the guard wants it said all the same.
    await projection.city(session, row)


async def _set(session: AsyncSession, city: str | None, on_hold: bool, now: datetime) -> list[str]:
    changed = [row for row in await places.cities(session, city) if row.on_hold != on_hold]
    for row in changed:
        await put_on_hold(session, row, on_hold)
        action = "city.held" if on_hold else "city.released"
        await audit.write(session, row.tenant, None, action, row.id, {}, now)
    return [row.tenant for row in changed]


async def _stop_stale(session: AsyncSession, tenant: str, now: datetime) -> None:
    """What was to go out more than a day ago goes back to its officers; what was half planned is not planned further."""
    due = func.coalesce(Notice.publish_at, Notice.held_until)
    waiting = select(Notice).where(Notice.tenant == tenant, Notice.state.in_(("held", "scheduled")))
    for notice in await session.scalars(waiting.where(due < now - STALE).with_for_update()):
        await publish.give_back(session, notice, now)
    half = select(Notice).join(Planning, (Planning.tenant == Notice.tenant) & (Planning.notice == Notice.id))
    half = half.where(Notice.tenant == tenant, Planning.closed_at.is_(None))
    for notice in await session.scalars(half.where(Planning.created_at < now - STALE)):
        await calloff.stop(session, notice, "held-too-long", now)


async def _let_phones_come_first(session: AsyncSession, tenant: str, now: datetime) -> None:
    """Steps of ladders that are long due: who has answered since a backup was made says so by sync within the day."""
    for row in (Rung, Due):
        late = update(row).where(row.tenant == tenant, row.at < now - STALE)
        if row is Due:
            late = late.where(Due.kind.in_(beginning.KINDS))
        await session.execute(late.values(at=now + STALE).execution_options(synchronize_session=False))


async def _skip_stale(session: AsyncSession, tenant: str, now: datetime, progress: Progress) -> int:
    stale = (
        select(Message.id)
        .join(Delivery, (Delivery.tenant == Message.tenant) & (Delivery.message == Message.id))
        .join(Notice, (Notice.tenant == Delivery.tenant) & (Notice.id == Delivery.notice))
        .join(
            NoticeRevision,
            (NoticeRevision.tenant == Delivery.tenant)
            & (NoticeRevision.notice == Delivery.notice)
            & (NoticeRevision.revision == Delivery.revision),
        )
        .where(Message.tenant == tenant, Message.due_at.is_not(None), Message.urgency != "emergency")
        .where(~(Message.digest & (Message.due_at > now)))  # it was not held: its time is yet to come
        .group_by(Message.id)
        .having(func.max(_MEANT_FOR) < now - STALE)
    )
    ids = (await session.scalars(stale)).all()
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        rows = update(Message).where(Message.tenant == tenant, Message.id.in_(batch))
        await session.execute(
            rows.values(state="skipped", reason="held-too-long", due_at=None, settled_at=now)
        )
        await reach.failed(session, tenant, batch, "held-too-long", now)
        progress(start + len(batch), len(ids))
    return len(ids)
