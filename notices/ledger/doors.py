"""The ledger home by home, with names: for those whom privacy/naming.py names, and nobody else."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.ledger import reach
from notices.models import Block, Household, Notice, NoticeHousehold, Person
from notices.privacy import naming
from notices.privacy.naming import Reader
from notices.tokyo import wire

Body = dict[str, Any]
_row = NoticeHousehold


async def doors(
    session: AsyncSession, notice: Notice, blocks: Collection[str] | None = None, reader: Reader = "officer"
) -> list[Body]:
    """A row per household, with its name, in walking order. For kinds that name homes to `reader`, and no others."""
    if not naming.names(notice.kind, reader):
        return []
    query = (
        select(
            *_FACTS,
            Household.name.label("name"),
            Household.left_at,
            Household.block.label("now_in"),
            Person.name.label("by_name"),
            reach.grade(await reach.planning_open(session, notice)).label("grade"),
        )
        .outerjoin(Person, (Person.tenant == _row.tenant) & (Person.id == _row.stamped_by))
        .join(Household, (Household.tenant == _row.tenant) & (Household.id == _row.household))
        .join(Block, (Block.tenant == _row.tenant) & (Block.id == _row.block))
        .where(_row.tenant == notice.tenant, _row.notice == notice.id)
        .order_by(Block.position, _row.block, _row.walk, _row.household)
    )
    if blocks is not None:
        query = query.where(_row.block.in_(blocks))
    return [_door(row) for row in (await session.execute(query)).all()]


# Columns and not objects of the model, which for 500 homes take longer to make than all the rest.
_FACTS = (
    _row.household,
    _row.block,
    _row.walk,
    _row.paper,
    _row.stamped_how,
    _row.stamped_by,
    _row.proxy,
    _row.failed,
    _row.stamped_at,
    _row.on_phone_at,
    _row.handed_over_at,
    _row.came_back_at,
    _row.not_home_at,
    _row.door_at,
    _row.residual_at,
)


def _door(row: Any) -> Body:
    delivered_at = row.handed_over_at if row.grade == "handedOver" else row.came_back_at
    return {
        "household": row.household,
        "name": row.name,
        "block": row.block,
        "walk": row.walk,
        "paper": row.paper,
        "grade": row.grade,
        "how": row.stamped_how,
        "by": row.stamped_by,
        "byName": row.by_name,
        "proxy": row.proxy,
        "at": wire(row.stamped_at or row.on_phone_at or delivered_at),
        "notHomeAt": wire(row.not_home_at),
        "doorAt": wire(row.door_at) if row.grade != "stamped" else None,
        "residualAt": wire(row.residual_at) if row.grade != "stamped" else None,
        "gone": row.left_at is not None,
        "nowIn": row.now_in if row.left_at is None and row.now_in != row.block else None,
        "reason": row.failed if row.grade in ("noChannel", "planned") else None,
    }
