"""The homes that messages count for, and the order in which their rows of the ledger are locked. Ids are bare: many.py."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, func, select, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from notices import many
from notices.many import Bare
from notices.models import Delivery, MergedHome, NoticeHousehold
from sync import Question, ask

_delivery = cast(Table, Delivery.__table__).c
_homes = cast(Table, NoticeHousehold.__table__)
_row = _homes.c
IN_HANDS = _row.handed_over_at.is_not(None) & func.coalesce(_row.handed_over_at > _row.came_back_at, true())
"""Handed over, and not come back since."""


async def of(session: AsyncSession, tenant: str, messages: Collection[Bare]) -> Sequence[Sequence[Bare]]:
    """(notice, household, message): a row for each home that one of these messages counts for."""
    given = {"tenant": tenant, "messages": many.listed(session, messages)}
    return await ask(session, _OF, **given)


async def joined(
    session: AsyncSession, tenant: str, households: Collection[str]
) -> Mapping[str, Collection[str]]:
    """Of each of these homes, those that have become a part of it: whoever reads here has read for them."""
    found: dict[str, list[str]] = defaultdict(list)
    whose = {home: home for home in households}
    while whose:
        query = select(MergedHome.into, MergedHome.household).where(
            MergedHome.tenant == tenant, MergedHome.into.in_(sorted(whose))
        )
        # Nearly always this finds nothing, and is all.
        whose = {home: whose[into] for into, home in await session.execute(query)}
        for home, into in sorted(whose.items()):
            found[into].append(home)
    return found


async def read_by(session: AsyncSession, tenant: str, household: str) -> Sequence[str]:
    """This home, and those that it has become a part of, one by the other: whoever reads in one of them has read for it."""
    found = [household]
    while (row := await session.get(MergedHome, (tenant, found[-1]))) is not None:
        found.append(row.into)
    return found


async def lock(session: AsyncSession, tenant: str, notice: str, households: Collection[Bare]) -> None:
    """In order of household (of notice, by the caller), as an UPDATE of many rows locks them in any order it likes.
    On SQLite there is one writer.
    """
    if not many.embedded(session):
        given = {"tenant": tenant, "notice": notice, "households": many.listed(session, households)}
        await ask(session, _LOCK, **given)


async def lock_of(session: AsyncSession, tenant: str, messages: Collection[Bare]) -> None:
    """All that these messages count for, in order of notice and household."""
    if not many.embedded(session):
        given = {"its_tenant": tenant, "messages": many.listed(session, messages)}
        await ask(session, _LOCK_OF, **given)


async def hand_over(
    session: AsyncSession, tenant: str, messages: Collection[Bare], now: datetime
) -> Mapping[str, Collection[str]]:
    """What these messages say is in the hands of the homes they are for; → notice: the blocks in which that is news."""
    given = {"its_tenant": tenant, "messages": many.listed(session, messages), "now": now}
    found = await ask(session, _HANDED_OVER, **given)
    blocks: dict[str, list[str]] = defaultdict(list)
    for notice, block in set(map(tuple, found)):
        blocks[many.text_of(notice)].append(many.text_of(block))
    return blocks


# The statements of every batch are made once.


def _handed_over(dialect: str) -> ReturningUpdate[Bare, Bare]:
    rows = update(_homes).where(_counts_for(dialect), ~IN_HANDS)
    rows = rows.values(handed_over_at=bindparam("now"))
    return rows.returning(many.bare(_row.notice), many.bare(_row.block))


def _lock_of(dialect: str) -> Select[Bare]:
    rows = select(many.bare(_row.household)).where(_counts_for(dialect))
    return rows.order_by(_row.notice, _row.household).with_for_update()


def _counts_for(dialect: str) -> ColumnElement[bool]:
    """Whether one of these messages counts for the home of a row."""
    carried = select(_delivery.notice, _delivery.household).where(
        _delivery.tenant == bindparam("its_tenant"),
        many.among(_delivery.message, "messages", embedded=dialect == "sqlite"),
    )
    return and_(_row.tenant == bindparam("its_tenant"), tuple_(_row.notice, _row.household).in_(carried))


def _of(dialect: str) -> Select[Bare, Bare, Bare]:
    columns = (many.bare(_delivery.notice), many.bare(_delivery.household), many.bare(_delivery.message))
    query = select(*columns).where(_delivery.tenant == bindparam("tenant"))
    return query.where(many.among(_delivery.message, "messages", embedded=dialect == "sqlite"))


def _lock(dialect: str) -> Select[Bare]:
    rows = select(many.bare(_row.household)).where(
        _row.tenant == bindparam("tenant"),
        _row.notice == bindparam("notice"),
        many.among(_row.household, "households", embedded=dialect == "sqlite"),
    )
    return rows.order_by(_row.household).with_for_update()


_HANDED_OVER: Final = Question(_handed_over)
_LOCK_OF: Final = Question(_lock_of)
_OF: Final = Question(_of)
_LOCK: Final = Question(_lock)
