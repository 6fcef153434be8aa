"""The homes that messages count for, and the order in which their rows of the ledger are locked. Ids are bare: many.py."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import cast

from sqlalchemy import Row, Select, Table, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many
from notices.many import Bare
from notices.models import Delivery, NoticeHousehold

_delivery = cast(Table, Delivery.__table__).c
_row = cast(Table, NoticeHousehold.__table__).c


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
