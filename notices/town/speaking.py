"""WHO MAY SPEAK FOR A HOME: its own people, and whoever they have asked to. Whatever takes a stamp or an answer asks here."""

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import KairanError, NotYourHousehold
from notices.models import Household, Proxy, Resident
from notices.proxies.acting import What, acting, column
from notices.proxies.proxy_errors import NoLongerProxy, NotAskedForThis
from notices.tokyo import today


async def may_speak_for(
    session: AsyncSession, tenant: str, person: str, household: str, what: What, now: datetime
) -> Literal["own", "proxy"] | None:
    """`own` for who lives there, `proxy` for who may do this for somebody who does. Judged as of now, by the database."""
    lives = (
        select(Resident.person)
        .join(Household, (Household.tenant == Resident.tenant) & (Household.id == Resident.household))
        .where(Resident.tenant == tenant, Resident.household == household, Resident.person == person)
        .where(Resident.until.is_(None), Household.left_at.is_(None))
    )
    if await session.scalar(lives) is not None:
        return "own"
    theirs = (Proxy.tenant == tenant, Proxy.person == person, column(what).is_(True))
    query = acting(today(now), *theirs).where(Household.id == household).limit(1)
    return "proxy" if (await session.execute(query)).first() is not None else None


async def why_not(
    session: AsyncSession, tenant: str, person: str, household: str, now: datetime
) -> KairanError:
    """What to say to somebody who may not: a phone that was off for a while finds out here that it is over."""
    mine = (Proxy.tenant == tenant, Proxy.person == person)
    today_ = acting(today(now), *mine).where(Household.id == household).limit(1)
    if (await session.execute(today_)).first() is not None:
        return NotAskedForThis()
    once = (
        select(Proxy.id)
        .join(Resident, (Resident.tenant == Proxy.tenant) & (Resident.person == Proxy.represented))
        .where(*mine, Proxy.accepted_at.is_not(None), Resident.household == household)
    )
    return NotYourHousehold() if await session.scalar(once.limit(1)) is None else NoLongerProxy()
