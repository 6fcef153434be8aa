"""What memos say, asked of the room that each is about."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.approval import telling
from notices.memos.rows import Said
from notices.models import Memo
from notices.sign_in import mailing
from notices.vault import Vault

Telling = Callable[
    [AsyncSession, Vault, str, Sequence[Memo], datetime],
    Awaitable[Mapping[str, Said]],
]
ROOMS: Final[Mapping[str, Telling]] = {
    mailing.ABOUT: mailing.said,
    telling.ASKED: telling.said,
    telling.DECIDED: telling.said,
    telling.ALONE: telling.said,
}


async def read(
    session: AsyncSession, vault: Vault, tenant: str, messages: Sequence[str], now: datetime
) -> Mapping[str, Said]:
    """Of these messages, those that are memos: message → what it says."""
    of: dict[str, list[Memo]] = defaultdict(list)
    query = select(Memo).where(Memo.tenant == tenant, Memo.message.in_(messages))
    for memo in await session.scalars(query):
        of[memo.about].append(memo)
    found: dict[str, Said] = {}
    for about, memos in sorted(of.items()):
        found |= await ROOMS[about](session, vault, tenant, memos, now)
    return found
