"""The walking order of a block: one home at each place. Gaps that an association keeps on purpose stay; of two homes at one
place (a list may say so) the second moves on.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.life.changes import Changes
from notices.models import Household
from notices.town.people_errors import WalkWrong

LAST: Final = 9999


async def homes(session: AsyncSession, tenant: str, block: str, but: str = "") -> Sequence[Household]:
    """Those who live in the block, in their order, but one."""
    query = select(Household).where(
        Household.tenant == tenant, Household.block == block, Household.left_at.is_(None)
    )
    query = query.order_by(Household.walk, Household.id).execution_options(populate_existing=True)
    return [home for home in await session.scalars(query.with_for_update()) if home.id != but]


def make_room(changes: Changes, others: Sequence[Household], place: int | None) -> int:
    """→ the place, free for one more; None: at the end. Whoever stands there moves on by one, up to the next gap.

    Raises WalkWrong.
    """
    if place is not None and not 1 <= place <= LAST:
        raise WalkWrong
    before = [home for home in others if place is None or home.walk < place]
    taken = _strict(changes, before, 0)
    place = taken + 1 if place is None else max(place, taken + 1)
    last = _strict(changes, others[len(before) :], place)
    if last > LAST:
        raise WalkWrong
    return place


def _strict(changes: Changes, homes: Sequence[Household], taken: int) -> int:
    """→ the last place taken."""
    for home in homes:
        if home.walk <= taken:
            changes.set(home, walk=taken + 1)
            changes.touched.households.add(home.id)
        taken = max(home.walk, taken + 1)
    return taken
