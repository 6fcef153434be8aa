"""Our alarms as alerts: which are current, and each by its id. Of an association only what it has made public.

An alert stands as it went out. What ends one is another message: an update, a cancel, or the cancel of a withdrawal.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.alarm.chain import ALL_CLEAR
from notices.cap.message import Alert
from notices.cap.speaking import KINDS, Place, Speaker, alert_of
from notices.circulation import recipients
from notices.errors import NotFound, Withdrawn
from notices.models import Association, City, Notice

MOST: Final = 100
OVER: Final = timedelta(days=1)
"""How long it is still said that something is over."""
LONG: Final = timedelta(days=30)
"""What was never ended is not current for ever."""
WITHDRAWN: Final = ".withdrawn"


async def current(
    session: AsyncSession, tenant: str | None, origin: str, now: datetime
) -> Sequence[tuple[Alert, datetime]]:
    """The newest first, each with when it was sent. `tenant` None: of all cities of the house."""
    query = select(Notice).where(*_ours(), Notice.published_at > now - LONG)
    if tenant is not None:
        query = query.where(Notice.tenant == tenant)
    standing = or_(Notice.expires_at.is_(None), Notice.expires_at > now)
    there = query.where(Notice.state == "published", standing).order_by(Notice.published_at.desc())
    rows = (await session.scalars(there.limit(MOST))).all()
    ended = {
        (each.tenant, each.refers_to)
        for each in rows
        if each.step == ALL_CLEAR and each.refers_to is not None
    }
    found = [
        (await _told(session, each, origin), each.published_at or now)
        for each in rows
        if _is_current(each, ended, now)
    ]
    gone = query.where(Notice.state == "withdrawn", Notice.withdrawn_at > now - OVER).limit(MOST)
    for each in await session.scalars(gone):
        found.append((await _told(session, each, origin, withdrawn=True), each.withdrawn_at or now))
    return sorted(found, key=lambda each: (each[1], each[0].identifier), reverse=True)


def _is_current(row: Notice, ended: set[tuple[str, str]], now: datetime) -> bool:
    if row.step == ALL_CLEAR:
        return row.published_at is not None and row.published_at > now - OVER
    return (row.tenant, row.refers_to or row.id) not in ended


async def by_id(session: AsyncSession, id: str, origin: str) -> Alert:
    """`id`: of the notice, or of its withdrawal. Raises NotFound, Withdrawn."""
    notice, dot, rest = id.partition(".")
    withdrawn = dot + rest == WITHDRAWN
    if not ids.is_id(notice) or (dot and not withdrawn):
        raise NotFound()
    row = await session.scalar(select(Notice).where(*_ours(), Notice.id == notice))
    if row is None or row.published_at is None or (withdrawn and row.withdrawn_at is None):
        raise NotFound()
    if row.withdrawn_at is not None and not withdrawn:
        raise Withdrawn()
    return await _told(session, row, origin, withdrawn=withdrawn)


def _ours() -> tuple[ColumnElement[bool], ...]:
    return Notice.kind.in_(KINDS), or_(Notice.association.is_(None), Notice.public.is_(True))


async def _told(session: AsyncSession, row: Notice, origin: str, *, withdrawn: bool = False) -> Alert:
    city = await session.get_one(City, row.tenant)
    ours = await _associations(session, row)
    by = await _speaker(session, row, city, origin)
    if row.association is None and not row.audience:
        places = [Place(city.name, city.tenant)]
    else:
        places = [Place(f"{city.name} {each.name}", f"{city.tenant}/{each.slug}") for each in ours]
    return alert_of(row, await _earlier(session, row), places, by, withdrawn=withdrawn)


async def _associations(session: AsyncSession, row: Notice) -> Sequence[Association]:
    if row.association is not None:
        return [await session.get_one(Association, (row.tenant, row.association))]
    if not row.audience:
        return ()
    query = select(Association).where(Association.tenant == row.tenant)
    chosen = query.where(Association.id.in_(recipients.named(row.tenant, row.audience)))
    return (await session.scalars(chosen.order_by(Association.name, Association.id))).all()


async def _speaker(session: AsyncSession, row: Notice, city: City, origin: str) -> Speaker:
    name, contact = city.name, city.contact
    if row.association is not None:
        association = await session.get_one(Association, (row.tenant, row.association))
        name, contact = association.name, association.contact
    return Speaker(row.tenant, urlsplit(origin).hostname or "localhost", name, contact, origin)


async def _earlier(session: AsyncSession, row: Notice) -> Sequence[Notice]:
    if row.refers_to is None:
        return ()
    query = select(Notice).where(
        Notice.tenant == row.tenant,
        or_(Notice.id == row.refers_to, Notice.refers_to == row.refers_to),
        Notice.published_at < row.published_at,
    )
    return (await session.scalars(query.order_by(Notice.published_at, Notice.id))).all()
