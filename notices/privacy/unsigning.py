"""WHAT WAS WRITTEN, ASKED FOR AND DECIDED stays the association's and the city's, by the seat alone: here the name of who
did it goes out of it, with what phones hold of it. Records that say a name beside its number are found by that number
(server/keeping/erased.py); those that say a bare name are placed anew.
"""

from typing import Any, Final

from sqlalchemy import Select, Text, and_, cast, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.approval import records as approvals
from notices.circulation import records as circulars
from notices.handover import scheduling
from notices.models import Approval, Circulation, Handover, Notice
from notices.publishing import drafts
from notices.records import placing

AT_ONCE: Final = 50
"""Rows of a table in one transaction."""


async def unsign(session: AsyncSession, tenant: str, person: str) -> bool:
    """True where there may be more."""
    steps = (_notices, _approvals, _passages, _handovers)
    return any([await step(session, tenant, person) for step in steps])


async def _notices(session: AsyncSession, tenant: str, person: str) -> bool:
    """But not what an association passed on by itself: the name there is the seat's, at the city hall."""
    by_itself = select(Circulation.circular).where(
        Circulation.tenant == Notice.tenant,
        Circulation.circular == Notice.circular,
        Circulation.association == Notice.association,
        Circulation.decided_by.is_(None),
    )
    query = select(Notice).where(Notice.tenant == tenant, Notice.author == person, Notice.author_name != "")
    query = query.where(~by_itself.exists())
    notices = (await session.scalars(query.order_by(Notice.id).limit(AT_ONCE))).all()
    for notice in notices:
        notice.author_name = ""
        await placing.place(session, notice)
        await drafts.keep(session, notice)
    return len(notices) == AT_ONCE


async def _approvals(session: AsyncSession, tenant: str, person: str) -> bool:
    asked = and_(Approval.asked_by == person, Approval.asked_name != "")
    decided = and_(Approval.decided_by == person, Approval.decided_name != "")
    query = select(Approval.notice).where(Approval.tenant == tenant, or_(asked, decided)).distinct()
    found = (await session.scalars(query.order_by(Approval.notice).limit(AT_ONCE))).all()
    rows = update(Approval).where(Approval.tenant == tenant, Approval.notice.in_(found))
    for nameless in (rows.where(asked).values(asked_name=""), rows.where(decided).values(decided_name="")):
        options = {"journalled": True, "synchronize_session": False}
        await session.execute(nameless, execution_options=options)
    for notice in found:
        await approvals.keep_newest(session, tenant, notice)
    return len(found) == AT_ONCE


async def _passages(session: AsyncSession, tenant: str, person: str) -> bool:
    found = (await session.execute(_decided(tenant, person))).all()
    for row, circular in found:
        row.decided_name = ""
        await circulars.place(session, circular, [row])
    return len(found) == AT_ONCE


def _decided(tenant: str, person: str) -> Select[Circulation, Notice]:
    query = select(Circulation, Notice).join(
        Notice, (Notice.tenant == Circulation.tenant) & (Notice.id == Circulation.circular)
    )
    query = query.where(Circulation.tenant == tenant, Circulation.decided_by == person)
    named = query.where(Circulation.decided_name != "")
    return named.order_by(Circulation.circular, Circulation.association).limit(AT_ONCE)


async def _handovers(session: AsyncSession, tenant: str, person: str) -> bool:
    """All at once: there are few in which somebody has a part."""
    theirs = or_(Handover.by == person, cast(Handover.said, Text).contains(person))
    for row in await session.scalars(select(Handover).where(Handover.tenant == tenant, theirs)):
        said = without_name(row.said, person)
        named = row.by == person and row.by_name != ""
        if named or said != row.said:
            row.said, row.by_name = said, "" if named else row.by_name
            scheduling.keep(session, row)
    return False


def without_name(value: Any, person: str) -> Any:
    """The same, where a name stands beside this number with an empty one."""
    if isinstance(value, list):
        return [without_name(each, person) for each in value]
    if not isinstance(value, dict):
        return value
    clear = {"name": ""} if value.get("id") == person and "name" in value else {}
    return {name: without_name(each, person) for name, each in value.items()} | clear
