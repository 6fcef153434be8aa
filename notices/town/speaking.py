"""WHY THEY MAY NOT SPEAK FOR A HOME: what to say to whom the standing gives no right. Who may: Standing.speaks_for_home."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import KairanError, NotYourHousehold
from notices.models import Household, Proxy, Resident
from notices.proxies.acting import acting
from notices.proxies.proxy_errors import NoLongerProxy, NotAskedForThis
from notices.tokyo import today


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
