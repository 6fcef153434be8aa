"""What memos say, asked of the room that each is about."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm import telling as waits
from notices.approval import telling
from notices.auditing import mailing as heads
from notices.cap import telling as alerts
from notices.circulation import nudges
from notices.forms import telling as places
from notices.healing import questions
from notices.ladder import telling as left
from notices.life import hearing
from notices.memos.rows import Answer
from notices.models import Memo
from notices.planning import asking as plans
from notices.proxies import telling as families
from notices.sign_in import mailing
from notices.vault import Vault

Telling = Callable[
    [AsyncSession, Vault, str, Sequence[Memo], datetime],
    Awaitable[Mapping[str, Answer]],
]
ROOMS: Final[Mapping[str, Telling]] = {
    mailing.ABOUT: mailing.said,
    telling.ASKED: telling.said,
    telling.DECIDED: telling.said,
    nudges.NUDGE: nudges.said,
    questions.ABOUT: questions.said,
    places.PLACE: places.said,
    heads.ABOUT: heads.said,
    telling.ALONE: telling.said,
    families.ABOUT: families.said,
    alerts.ABOUT: alerts.said,
    waits.WAIT: waits.said,
    hearing.ABOUT: hearing.said,
    left.KIND: left.said,
    plans.ABOUT: plans.said,
}


async def read(
    session: AsyncSession, vault: Vault, tenant: str, messages: Sequence[str], now: datetime
) -> Mapping[str, Answer]:
    """Of these messages, those that are memos."""
    of: dict[str, list[Memo]] = defaultdict(list)
    query = select(Memo).where(Memo.tenant == tenant, Memo.message.in_(messages))
    for memo in await session.scalars(query):
        of[memo.about].append(memo)
    found: dict[str, Answer] = {}
    for about, memos in sorted(of.items()):
        found |= await ROOMS[about](session, vault, tenant, memos, now)
    return found
