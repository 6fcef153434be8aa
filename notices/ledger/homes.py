"""The homes that messages count for, and the order in which their rows of the ledger are locked. Ids are bare: many.py."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Row, Select, Table, bindparam, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from notices import many
from notices.many import Bare
from notices.models import Delivery, NoticeHousehold

_delivery = cast(Table, Delivery.__table__).c
_homes = cast(Table, NoticeHousehold.__table__)
_row = _homes.c
IN_HANDS = _row.handed_over_at.is_not(None) & func.coalesce(_row.handed_over_at > _row.came_back_at, true())
"""Handed over, and not come back since."""


async def of(
    session: AsyncSession, tenant: str, messages: Collection[Bare]
) -> Sequence[Row[Bare, Bare, Bare]]:
    """(notice, household, message): a row for each home that one of these messages counts for."""
    given = {"tenant": tenant, "messages": many.listed(session, messages)}
    return (await session.execute(_of(many.embedded(session)), given)).all()


async def lock(session: AsyncSession, tenant: str, notice: str, households: Collection[Bare]) -> None:
    """In order of household (of notice, by the caller), as an UPDATE of many rows locks them in any order it likes.
    On SQLite there is one writer.
    """
    if not many.embedded(session):
        given = {"tenant": tenant, "notice": notice, "households": many.listed(session, households)}
        await session.execute(_lock(), given)


async def hand_over(
    session: AsyncSession, tenant: str, notice: str, households: Collection[Bare], now: datetime
) -> Sequence[str]:
    """→ the blocks in which that is news."""
    listed = many.listed(session, households)
    given = {"its_tenant": tenant, "its_notice": notice, "households": listed, "now": now}
    blocks = (await session.scalars(_handed_over(many.embedded(session)), given)).all()
    return [many.text_of(block) for block in set(blocks)]


# The statements of every batch are made once.


@cache
def _handed_over(embedded: bool) -> ReturningUpdate[Bare]:
    rows = update(_homes).where(
        _row.tenant == bindparam("its_tenant"),
        _row.notice == bindparam("its_notice"),
        many.among(_row.household, "households", embedded=embedded),
        ~IN_HANDS,
    )
    return rows.values(handed_over_at=bindparam("now")).returning(many.bare(_row.block))


@cache
def _of(embedded: bool) -> Select[Bare, Bare, Bare]:
    columns = (many.bare(_delivery.notice), many.bare(_delivery.household), many.bare(_delivery.message))
    query = select(*columns).where(_delivery.tenant == bindparam("tenant"))
    return query.where(many.among(_delivery.message, "messages", embedded=embedded))


@cache
def _lock() -> Select[Bare]:
    rows = select(many.bare(_row.household)).where(
        _row.tenant == bindparam("tenant"),
        _row.notice == bindparam("notice"),
        many.among(_row.household, "households", embedded=False),
    )
    return rows.order_by(_row.household).with_for_update()
