"""Who hears that an alert has come in: those who work for the city, by all their channels; of a real one at any hour."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from notices.memos.rows import Answer, Said
from notices.memos.short_letters import short_of
from notices.memos.telling import to_be_said, write_to
from notices.models import CapAlert, Memo
from notices.outcomes import Skipped
from notices.planning import carried
from notices.town.city_hall import who_works_there
from notices.town.standing import standings
from notices.vault import Vault
from notices.wording.city_hall import city_hall
from notices.wording.marks import marked

ABOUT: Final = "cap-alert"
PATH: Final = "/alerts"


async def tell(session: AsyncSession, row: CapAlert, now: datetime) -> None:
    """What is real at any hour."""
    staff = who_works_there(row.tenant, now)
    real = row.status == "Actual"
    await write_to(session, row.tenant, staff, ABOUT, row.id, now, urgency="urgent", at_night=real)


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,
) -> dict[str, Answer]:
    """Message → what it says, or why it says nothing after all."""
    there = await standings(session, tenant, {each.person for each in memos}, now)
    found: dict[str, Answer] = {}
    for memo, row, address, locale, city in await session.execute(to_be_said(tenant, memos, CapAlert)):
        if not (there[memo.person].works_for_city and address.person == memo.person):
            found[memo.message] = Skipped("moved")
            continue
        if not carried.takes(address, "urgent"):
            found[memo.message] = Skipped(carried.why_not(address))
            continue
        title, text = city_hall(locale).alerts[row.became]
        heading = title(row.headline or row.event or row.identifier)
        heading = marked("exercise", heading, locale) if row.status == "Exercise" else heading
        found[memo.message] = Said(address, short_of(row.id, (heading, text), city, locale, PATH))
    return found
