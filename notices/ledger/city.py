"""The ledger of a whole city, in counts: what a clerk may see. One grouped query, and no name in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.ledger import reach
from notices.ledger.reach import GRADES, BlockLedger
from notices.models import Association, Block, Notice, NoticeHousehold, Planning

_row = NoticeHousehold


async def by_association(
    session: AsyncSession, tenant: str, since: datetime, until: datetime
) -> Sequence[BlockLedger]:
    """A line per association, by name, over the homes of all circulars that it published in [since, until) and has not
    withdrawn: a home counts once for each. `block` and `name` of a line are the association's.
    """
    planned = select(Planning.notice).where(Planning.tenant == tenant, Planning.closed_at.is_(None))
    graded = reach.grade(_row.notice.in_(planned)).label("grade")
    facts = (graded, _row.paper, _row.stamped_how, _row.proxy)
    query = (
        select(Association.id, Association.name, *facts, func.count())
        .select_from(_row)
        .join(Notice, (Notice.tenant == _row.tenant) & (Notice.id == _row.notice))
        .join(Association, (Association.tenant == Notice.tenant) & (Association.id == Notice.association))
        .where(_row.tenant == tenant, Notice.kind == "circular", Notice.state != "withdrawn")
        .where(Notice.published_at >= since, Notice.published_at < until)
        .group_by(Association.id, Association.name, *facts)
        .order_by(Association.name, Association.id)
    )
    return await _lines(session, query)


async def _lines(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> Sequence[BlockLedger]:
    lines: dict[str, BlockLedger] = {}
    for association, name, grade, paper, how, proxy, count in (await session.execute(query)).all():
        line = lines.setdefault(association, BlockLedger(association, name, dict.fromkeys(GRADES, 0)))
        line.count(grade, how, count, paper=paper, proxy=proxy)
    return list(lines.values())


async def by_its_associations(session: AsyncSession, notice: Notice) -> Sequence[BlockLedger]:
    """An alarm of the city: a line per association, by name. `block` and `name` of a line are the association's."""
    graded = reach.grade(await reach.planning_open(session, notice)).label("grade")
    facts = (graded, _row.paper, _row.stamped_how, _row.proxy)
    query = (
        select(Association.id, Association.name, *facts, func.count())
        .select_from(_row)
        .join(Block, (Block.tenant == _row.tenant) & (Block.id == _row.block))
        .join(Association, (Association.tenant == Block.tenant) & (Association.id == Block.association))
        .where(_row.tenant == notice.tenant, _row.notice == notice.id)
        .group_by(Association.id, Association.name, *facts)
        .order_by(Association.name, Association.id)
    )
    return await _lines(session, query)


async def circulars(session: AsyncSession, tenant: str, since: datetime, until: datetime) -> dict[str, int]:
    """Association → how many circulars these counts are of."""
    query = select(Notice.association, func.count()).where(
        Notice.tenant == tenant,
        Notice.kind == "circular",
        Notice.state != "withdrawn",
        Notice.published_at >= since,
        Notice.published_at < until,
    )
    rows: dict[str, Any] = {
        association or "": count
        for association, count in (await session.execute(query.group_by(Notice.association))).all()
    }
    return rows
