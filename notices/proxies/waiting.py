"""When families are to be looked for: a due row per notice and time that some family has chosen, not one per family."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.alarm import chain
from notices.models import Notice, Proxy
from notices.proxies.acting import open_

UNSEEN: Final = "unseen"
"""Of the due row; its subject is `<notice>.<minutes>`."""


async def begin(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """An urgent notice goes out now. That it is over need not be seen: nobody is called for an all-clear."""
    if notice.urgency == "ordinary" or notice.step == chain.ALL_CLEAR:
        return
    chosen = select(Proxy.hear_after).where(Proxy.tenant == notice.tenant, open_())
    chosen = chosen.where(Proxy.hear_after.is_not(None)).distinct()
    for minutes in sorted(each for each in await session.scalars(chosen) if each is not None):
        at = now + timedelta(minutes=minutes)
        await due.put(session, notice.tenant, UNSEEN, f"{notice.id}.{minutes}", at)
