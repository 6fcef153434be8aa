"""Households and people: what officers do to one of them. Whole lists come by roster.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due
from notices.errors import BlockForeign
from notices.models import Block, Household, Resident, Term
from notices.records import projection
from notices.records.projection import Touched
from notices.tokyo import midnight, today
from notices.town.people_errors import HouseholdUnknown, WalkWrong
from notices.vault import Vault

LAST: Final = 9999


async def move_household(
    session: AsyncSession,
    vault: Vault,
    tenant: str,
    household: str,
    to_block: str,
    walk: int | None,
    actor: str | None,
    now: datetime,
) -> None:
    """Into a block (or within its own), at a place of the walking order; None: at the end.

    Whoever stands at that place moves on by one. Ledgers of notices already published keep the block and place of
    their publication; a leader's term stays with the block it is for. Raises HouseholdUnknown, BlockForeign, WalkWrong.
    """
    row = await _household(session, tenant, household)
    await _insist_on_block(session, tenant, row.association, to_block)
    if walk is not None and not 1 <= walk <= LAST:
        raise WalkWrong
    if (row.block, row.walk) == (to_block, walk) or (walk is None and row.block == to_block):
        return
    before = row.block
    others = await _in_walking_order(session, tenant, to_block, household)
    place = walk or 1 + max((other.walk for other in others), default=0)
    moved_on = _make_room(others, place)
    row.block, row.walk = to_block, place
    touched = Touched(households={household, *moved_on})
    if before != to_block:
        touched.moved[household] = before
        touched.people |= set(await session.scalars(_living_in(tenant, household)))
    await projection.refresh(session, vault, tenant, touched, now)
    detail = {"from": before, "to": to_block, "walk": place}
    await audit.write(session, tenant, actor, "household.moved", household, detail, now)


async def set_paper(
    session: AsyncSession,
    vault: Vault,
    tenant: str,
    household: str,
    paper: bool,
    actor: str | None,
    now: datetime,
) -> None:
    """Whether it gets circulars on paper, from the next one on. Raises HouseholdUnknown.

    A home that fell to paper by itself stays there by the officer's word, or comes off it and does not fall again.
    """
    row = await _household(session, tenant, household)
    if row.paper == row.on_paper == paper:
        return
    row.paper, row.fell_at, row.stays_off_paper = paper, None, not paper
    await projection.refresh(session, vault, tenant, Touched(households={household}), now)
    await audit.write(session, tenant, actor, "household.paper", household, {"paper": paper}, now)


async def _household(session: AsyncSession, tenant: str, household: str) -> Household:
    query = select(Household).where(
        Household.tenant == tenant, Household.id == household, Household.left_at.is_(None)
    )
    row = await session.scalar(query.with_for_update())
    if row is None:
        raise HouseholdUnknown
    return row


async def _insist_on_block(session: AsyncSession, tenant: str, association: str, block: str) -> None:
    query = select(func.count()).where(
        Block.tenant == tenant, Block.id == block, Block.association == association, Block.ended_at.is_(None)
    )
    if not await session.scalar(query):
        raise BlockForeign


async def _in_walking_order(session: AsyncSession, tenant: str, block: str, but: str) -> Sequence[Household]:
    query = select(Household).where(
        Household.tenant == tenant, Household.block == block, Household.left_at.is_(None)
    )
    query = query.where(Household.id != but).order_by(Household.walk, Household.id)
    return (await session.scalars(query.with_for_update())).all()


def _make_room(others: Sequence[Household], place: int) -> list[str]:
    """Moves on whoever stands at `place` and those directly behind; a gap stops it. → who was moved."""
    moved = []
    for other in others:
        if other.walk == place:
            other.walk = place = place + 1
            moved.append(other.id)
    return moved


def _living_in(tenant: str, household: str) -> Any:
    return select(Resident.person).where(
        Resident.tenant == tenant, Resident.household == household, Resident.until.is_(None)
    )


async def await_next_turn(session: AsyncSession, tenant: str, person: str, now: datetime) -> None:
    """A due row for the next day on which a term of this person begins or ends, where there is one."""
    day = today(now)
    query = select(Term.begins, Term.ends).where(Term.tenant == tenant, Term.person == person)
    days = [turn for row in await session.execute(query) for turn in row if turn is not None and turn > day]
    if days:
        await due.put(session, tenant, "term", person, midnight(min(days)), sooner_wins=True)
