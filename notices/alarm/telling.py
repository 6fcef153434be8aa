"""Who hears that the wait before the way out at night (alone.py) is another one: everybody else at the city hall."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from notices.memos.rows import Answer, Said
from notices.memos.short_letters import short_of
from notices.memos.telling import to_be_said, write_to
from notices.models import City, Memo, Person
from notices.outcomes import Skipped
from notices.planning import carried
from notices.tokyo import today
from notices.town.city_hall import who_works_there
from notices.town.standing import standings
from notices.vault import Vault
from notices.wording.city_hall import city_hall

WAIT: Final = "alone-wait"
PATH: Final = "/city"


async def tell(session: AsyncSession, tenant: str, by: str, now: datetime) -> None:
    """`by`: who chose it, and so whom the memo is about."""
    others = [person for person in await session.scalars(who_works_there(tenant, now)) if person != by]
    await write_to(session, tenant, others, WAIT, by, now, urgency="urgent")


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,
) -> dict[str, Answer]:
    """As it is chosen by the time it leaves: of two changes in a row both memos say the second."""
    city = await session.scalar(select(City).where(City.tenant == tenant))
    there = await standings(session, tenant, {each.person for each in memos}, now)
    found: dict[str, Answer] = {}
    chooser = aliased(Person)
    for memo, who, address, locale, name in await session.execute(to_be_said(tenant, memos, chooser)):
        if not (there[memo.person].works_for_city and address.person == memo.person) or city is None:
            found[memo.message] = Skipped("moved")
            continue
        if not carried.takes(address, "urgent"):
            found[memo.message] = Skipped(carried.why_not(address))
            continue
        ahead = city.alone_from if city.alone_from is not None and city.alone_from > today(now) else None
        heading, text = city_hall(locale).alone_wait
        letter = short_of(city.id, (heading, text(who.name, city.alone_minutes, ahead)), name, locale, PATH)
        found[memo.message] = Said(address, letter)
    return found
