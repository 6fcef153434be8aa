"""Whose officers see a home in a ledger: those of the notice, and in an alarm of the city those of the home's block."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm import kinds
from notices.errors import NotAllowed
from notices.models import Block, Notice
from notices.privacy.naming import Reader
from notices.town.standing import Standing


async def associations(session: AsyncSession, notice: Notice, blocks: Collection[str]) -> Mapping[str, str]:
    """Block → association. Of a circular of the city, which has no ledger, none."""
    if notice.association is not None:
        return dict.fromkeys(blocks, notice.association)
    if not kinds.direct(notice.association, notice.kind):
        return {}
    query = select(Block.id, Block.association).where(Block.tenant == notice.tenant, Block.id.in_(blocks))
    return {block: association for block, association in await session.execute(query)}


async def association(session: AsyncSession, notice: Notice, block: str) -> str | None:
    return (await associations(session, notice, [block])).get(block)


def reader(by: Standing, notice: Notice) -> Reader:
    """As what they read it. Who works for the city and is an officer as well reads its alarms for the city."""
    if notice.association is None:
        return "city" if by.works_for_city else "leader"
    return "officer" if by.officer_of(notice.association) else "leader"


async def visible(session: AsyncSession, by: Standing, notice: Notice, block: str | None) -> list[str] | None:
    """The blocks of the ledger this person may see; None is all of them. Raises NotAllowed for a block that is not theirs."""
    direct = kinds.direct(notice.association, notice.kind)
    if by.officer_of(notice.association) or (direct and by.works_for_city):
        return None if block is None else [block]
    own = [held.block for held in by.seats if held.role == "block-leader" and held.block]
    if direct:
        own += await _of_their_associations(session, by)
    if block is not None and block not in own:
        raise NotAllowed()
    return own if block is None else [block]


async def blocks_of(session: AsyncSession, notice: Notice, association: str) -> list[str]:
    """For those who read for the city."""
    query = select(Block.id).where(Block.tenant == notice.tenant, Block.association == association)
    return list(await session.scalars(query.order_by(Block.position, Block.id)))


async def _of_their_associations(session: AsyncSession, by: Standing) -> list[str]:
    theirs = [held.association for held in by.seats if by.officer_of(held.association)]
    query = select(Block.id).where(Block.tenant == by.tenant, Block.association.in_(theirs))
    return list(await session.scalars(query.order_by(Block.position, Block.id))) if theirs else []
