"""Whether a notice reaches a home that its ledger does not count: who moved in since sees it, and may say what it asks."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm import kinds
from notices.circulation import recipients
from notices.models import Notice
from notices.records import audience as places
from notices.town.standing import Standing


async def chosen(session: AsyncSession, notice: Notice) -> Collection[str] | None:
    """The associations that an alarm of the city is for; None is all."""
    if not kinds.direct(notice.association, notice.kind) or not notice.audience:
        return None
    return set(await session.scalars(recipients.chosen(notice.tenant, notice.audience)))


def reaches(notice: Notice, by: Standing, household: str, chosen: Collection[str] | None) -> bool:
    """Where `by` lives in this home, or speaks for it; elsewhere it does not."""
    homes = {(home.household, home.association, home.block) for home in by.homes}
    homes |= {(home.household, home.association, home.block) for home in by.acts}
    found = next((home for home in homes if home[0] == household), None)
    if found is None:
        return False
    _, association, block = found
    if kinds.direct(notice.association, notice.kind):
        return chosen is None or association in chosen
    blocks = places.blocks_of(notice.audience)
    return association == notice.association and (blocks is None or block in blocks)
