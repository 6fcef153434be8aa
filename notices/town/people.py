"""Whether a home gets paper, and the days on which terms turn. What else changes in a home: notices/life."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due
from notices.models import Household, Term
from notices.records import projection
from notices.records.projection import Touched
from notices.tokyo import midnight, today
from notices.town.people_errors import HouseholdUnknown
from notices.vault import Vault


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


async def await_next_turn(session: AsyncSession, tenant: str, person: str, now: datetime) -> None:
    """A due row for the next day on which a term of this person begins or ends, where there is one."""
    day = today(now)
    query = select(Term.begins, Term.ends).where(Term.tenant == tenant, Term.person == person)
    days = [turn for row in await session.execute(query) for turn in row if turn is not None and turn > day]
    if days:
        await due.put(session, tenant, "term", person, midnight(min(days)), sooner_wins=True)
