"""An answer about safety is a proof: the ladder stops, and the boards on which it is seen are due."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.ledger import homes, reach
from notices.models import Household, NoticeHousehold

_row = NoticeHousehold
Door = tuple[str, str]
"""Notice and household."""


class Proof(NamedTuple):
    """`proxy`: somebody who speaks for the home said it."""

    by: str
    proxy: bool


async def locked(session: AsyncSession, tenant: str, doors: Collection[Door]) -> dict[Door, Any]:
    """The ledger's rows of these doors, held until COMMIT: two answers for one home wait for each other."""
    if not doors:
        return {}
    query = (
        select(_row.notice, _row.household, _row.block, _row.stamped_at)
        .where(_row.tenant == tenant, _row.notice.in_(sorted({notice for notice, _ in doors})))
        .where(_row.household.in_(sorted({household for _, household in doors})))
        .order_by(_row.notice, _row.household)
    )
    found = await session.execute(query.with_for_update())
    return {(row.notice, row.household): row for row in found}


async def prove(
    session: AsyncSession,
    tenant: str,
    said: Mapping[Door, Proof],
    rows: Mapping[Door, Any],
    now: datetime,
) -> None:
    """Also for the homes that have become a part of these since. The boards are due, whatever it changed.

    `rows`: the ledger's, of those of these doors that are counted.
    """
    joined = await homes.joined(session, tenant, {household for _, household in said})
    parts = {(notice, part): proof for (notice, home), proof in said.items() for part in joined.get(home, ())}
    rows = {**rows, **await locked(session, tenant, parts)}
    every = parts | dict(said)
    fresh = [
        {"of": door[0], "home": door[1], "who": proof.by, "other": proof.proxy}
        for door, proof in sorted(every.items())
        if door in rows and rows[door].stamped_at is None
    ]
    if fresh:
        table = cast(Table, _row.__table__)
        c = table.c
        one = and_(c.tenant == tenant, c.notice == bindparam("of"), c.household == bindparam("home"))
        proven = {"stamped_at": now, "stamped_how": "answer", "stamped_by": bindparam("who")}
        proven |= {"proxy": bindparam("other")}
        await (await session.connection()).execute(update(table).where(one).values(proven), fresh)
    await boards_due(session, tenant, every, now)


async def boards_due(session: AsyncSession, tenant: str, doors: Collection[Door], now: datetime) -> None:
    """Of the blocks in which these homes were asked; of a home that was not, of the block in which it is."""
    query = select(_row.notice, _row.household, _row.block).where(_row.tenant == tenant)
    query = query.where(_row.notice.in_(sorted({notice for notice, _ in doors})))
    query = query.where(_row.household.in_(sorted({household for _, household in doors})))
    found = {(notice, home): block for notice, home, block in await session.execute(query)}
    if new := [door for door in doors if door not in found]:
        of = select(Household.id, Household.block).where(Household.tenant == tenant)
        of = of.where(Household.id.in_(sorted({household for _, household in new})))
        places = {home: block for home, block in await session.execute(of)}
        found |= {door: places[door[1]] for door in new if door[1] in places}
    blocks: dict[str, set[str]] = defaultdict(set)
    for door in set(doors) & found.keys():
        blocks[door[0]].add(found[door])
    for notice in sorted(blocks):
        await reach.changed(session, tenant, notice, now, blocks[notice], kind=reach.ANSWERED)
