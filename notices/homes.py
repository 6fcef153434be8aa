"""The homes that messages count for, and the order in which their rows of the ledger are locked. Ids are bare: many.py."""

from collections.abc import Collection, Sequence

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import many
from notices.many import Bare
from notices.models import Delivery, NoticeHousehold

_row = NoticeHousehold


async def of(
    session: AsyncSession, tenant: str, messages: Collection[Bare]
) -> Sequence[Row[Bare, Bare, Bare]]:
    """(notice, household, message): a row for each home that one of these messages counts for."""
    columns = (many.bare(Delivery.notice), many.bare(Delivery.household), many.bare(Delivery.message))
    query = select(*columns).where(Delivery.tenant == tenant, many.among(session, Delivery.message, messages))
    return (await session.execute(query)).all()


async def lock(session: AsyncSession, tenant: str, notice: Bare, households: Collection[Bare]) -> None:
    """In order of household (of notice, by the caller), as an UPDATE of many rows locks them in any order it likes.
    On SQLite there is one writer.
    """
    if session.get_bind().dialect.name != "sqlite":
        rows = select(many.bare(_row.household)).where(
            _row.tenant == tenant,
            _row.notice == many.text_of(notice),
            many.among(session, _row.household, households),
        )
        await session.execute(rows.order_by(_row.household).with_for_update())
