"""A FAMILY HEARS, once, that an urgent notice has stayed unseen by who they hear for, for the time they chose.

The same proof that ends the ladder ends this: a stamp, an answer, a visit; a device's word where nothing is asked.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.alarm import follow_ups
from notices.ladder.beginning import unproven
from notices.models import FamilyTold, Notice, NoticeHousehold, Proxy, Resident
from notices.proxies import telling
from notices.proxies.acting import stands
from notices.proxies.waiting import UNSEEN
from notices.tokyo import today

AT_ONCE: Final = 200
"""Families told in one transaction."""


async def look(session: AsyncSession, tenant: str, subject: str, now: datetime) -> None:
    """What the due row does. Withdrawn or over, or overtaken by a newer one of its chain: nobody is told."""
    id, _, minutes = subject.partition(".")
    notice = await session.get(Notice, (tenant, id))
    if notice is None or notice.state != "published":
        return
    # Phones stamp the newest of a chain alone: of an earlier one, unseen says nothing any more.
    if await follow_ups.overtaken(session, notice):
        return
    row = NoticeHousehold
    told = exists().where(
        FamilyTold.tenant == tenant, FamilyTold.proxy == Proxy.id, FamilyTold.notice == notice.id
    )
    query = (
        select(Proxy)
        .join(Resident, (Resident.tenant == Proxy.tenant) & (Resident.person == Proxy.represented))
        .join(row, (row.tenant == Resident.tenant) & (row.household == Resident.household))
        .where(Proxy.tenant == tenant, Proxy.hear_after == int(minutes), stands(today(now)), ~told)
        .where(Resident.until.is_(None), row.notice == notice.id, unproven(notice))
        .order_by(Proxy.id)
        .limit(AT_ONCE)
    )
    rows = (await session.scalars(query)).unique().all()
    for proxy in rows:
        await telling.tell(session, proxy, "unseen", now, notice=notice)
    if len(rows) == AT_ONCE:
        await due.put(session, tenant, UNSEEN, subject, now)
