"""Sending has stopped and asks: whoever pressed hears of it by all their channels; who has left, or was no person, of those
who speak there today.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm import kinds
from notices.memos.rows import Answer, Said
from notices.memos.short_letters import short_of
from notices.memos.telling import to_be_said, write_to
from notices.models import Address, Memo, Notice, NoticeRevision, Planning
from notices.outcomes import Skipped
from notices.planning import carried
from notices.town.city_hall import who_works_there
from notices.town.founding import officers
from notices.town.standing import Standing, standing, standings
from notices.vault import Vault
from notices.wording import stopped
from notices.wording.marks import marked, opened

ABOUT: Final = "stopped"
_PAGES: Final[Mapping[str, str]] = {
    kinds.EMERGENCY: "/alarm",
    kinds.EXERCISE: "/exercise",
    kinds.SAFETY_CHECK: "/alarm/safety",
}


async def tell(session: AsyncSession, planning: Planning, notice: Notice, now: datetime) -> None:
    people = await _whom(session, planning, notice, now)
    night = notice.urgency == "emergency"
    # "urgent" is as far as a memo goes: it never stands in the way of the emergency itself.
    urgency = "ordinary" if notice.urgency == "ordinary" else "urgent"
    await write_to(session, notice.tenant, people, ABOUT, notice.id, now, urgency=urgency, at_night=night)


async def _whom(session: AsyncSession, planning: Planning, notice: Notice, now: datetime) -> list[str]:
    pressed = notice.announced_by
    row = await session.get_one(NoticeRevision, (notice.tenant, notice.id, planning.revision))
    if notice.published_at is not None and row.at > notice.published_at:
        pressed = row.by
    who = await standing(session, notice.tenant, pressed, now) if pressed else None
    if who is not None and who.speaks_for(notice.association):
        return [who.person]
    if notice.association is None:
        return sorted(await session.scalars(who_works_there(notice.tenant, now)))
    return [person for person, *_ in await officers(session, notice.tenant, notice.association, now)]


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,
) -> dict[str, Answer]:
    """Message → why it has stopped, as long as it has."""
    why = await _stopped(session, tenant, {each.subject for each in memos})
    there = await standings(session, tenant, {each.person for each in memos}, now)
    found: dict[str, Answer] = {}
    for memo, notice, address, locale, city in await session.execute(to_be_said(tenant, memos, Notice)):
        reason = why.get(notice.id)
        if reason is None:
            found[memo.message] = Skipped("plan-answered")
            continue
        if skip := _why_not(there[memo.person], notice, address):
            found[memo.message] = Skipped(skip)
            continue
        title = marked(notice.kind, notice.title, locale, notice.step)
        heading, text = stopped.said(locale, reason, title)
        letter = (heading, opened(notice.kind, text, locale))
        path = f"{_PAGES.get(notice.kind, '/sent')}/{notice.id}"
        found[memo.message] = Said(address, short_of(memo.message, letter, city, locale, path))
    return found


async def _stopped(session: AsyncSession, tenant: str, notices: set[str]) -> Mapping[str, str]:
    query = select(Planning.notice, Planning.stopped).where(
        Planning.tenant == tenant,
        Planning.notice.in_(sorted(notices)),
        Planning.stopped.is_not(None),
        Planning.closed_at.is_(None),
    )
    return {notice: reason for notice, reason in await session.execute(query) if reason}


def _why_not(who: Standing, notice: Notice, address: Address) -> str | None:
    if address.person != who.person or not (
        who.speaks_for(notice.association) or (notice.association is None and who.works_for_city)
    ):
        return "moved"
    urgency = "ordinary" if notice.urgency == "ordinary" else "urgent"
    return None if carried.takes(address, urgency) else carried.why_not(address)
