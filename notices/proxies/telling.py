"""What a family is told: one row per thing for ever, so that nothing is said twice; a memo to each way of theirs."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, cast

from sqlalchemy import Table, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from notices import due, ids
from notices.alarm import follow_ups
from notices.ladder.beginning import unproven
from notices.memos.rows import Answer, Said
from notices.memos.short_letters import short_of
from notices.memos.telling import to_be_said, write_to
from notices.models import Address, FamilyTold, Memo, Notice, NoticeHousehold, Person, Proxy, Resident
from notices.outcomes import Skipped
from notices.planning import carried
from notices.tokyo import midnight, spoken, today
from notices.vault import Vault
from notices.wording import families

ABOUT: Final = "family"
PATH: Final = "/family"


async def tell(
    session: AsyncSession,
    proxy: Proxy,
    what: str,
    now: datetime,
    *,
    notice: Notice | None = None,
    day: date | None = None,
) -> None:
    """Once: whoever was told of this notice, or of this day, is told no more."""
    id = ids.new_id()
    values = {"tenant": proxy.tenant, "id": id, "proxy": proxy.id, "what": what, "day": day, "at": now}
    values["notice"] = None if notice is None else notice.id
    row = due.upsert(session, cast(Table, FamilyTold.__table__)).values(**values)
    fresh = await session.execute(row.on_conflict_do_nothing().returning(FamilyTold.id))
    if fresh.first() is None or proxy.person is None:
        return
    pressing = notice is not None and notice.urgency == "emergency"
    await write_to(session, proxy.tenant, [proxy.person], ABOUT, id, now, urgency="urgent", at_night=pressing)


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,
) -> dict[str, Answer]:
    """Message → what it says, or why it says nothing after all."""
    represented = aliased(Person)
    same = Memo.tenant
    query = (
        to_be_said(tenant, memos, FamilyTold)
        .add_columns(Proxy, represented.name, Notice)
        .join(Proxy, and_(Proxy.tenant == same, Proxy.id == FamilyTold.proxy))
        .join(represented, and_(represented.tenant == same, represented.id == Proxy.represented))
        .outerjoin(Notice, and_(Notice.tenant == same, Notice.id == FamilyTold.notice))
    )
    found: dict[str, Answer] = {}
    for memo, told, address, locale, city, proxy, name, notice in (await session.execute(query)).all():
        about = notice.title if notice is not None else spoken(midnight(told.day))
        if why := await _why_not(session, proxy, address, notice, now):
            found[memo.message] = Skipped(why)
            continue
        words = families.said(told.what, locale, name, about)
        found[memo.message] = Said(address, short_of(told.id, words, city, locale, PATH))
    return found


async def _why_not(
    session: AsyncSession, proxy: Proxy, address: Address, notice: Any, now: datetime
) -> str | None:
    # By the day, not by what the worker has written down: one that is late prolongs nothing.
    if proxy.ended_at is not None or proxy.ends <= today(now) or address.person != proxy.person:
        return "proxy-ended"
    if not carried.takes(address, "urgent"):
        return carried.why_not(address)
    if notice is None:
        return None
    if notice.state != "published":
        return "withdrawn" if notice.state == "withdrawn" else "expired"
    if await follow_ups.overtaken(session, notice):
        return "superseded"
    row = NoticeHousehold
    open_one = (
        select(row.household)
        .join(Resident, and_(Resident.tenant == row.tenant, Resident.household == row.household))
        .where(row.tenant == proxy.tenant, row.notice == notice.id, unproven(notice))
        .where(Resident.person == proxy.represented, Resident.until.is_(None))
    )
    return None if await session.scalar(open_one.limit(1)) is not None else "already-stamped"
