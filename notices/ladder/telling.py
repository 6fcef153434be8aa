"""Who hears that homes are left at the end of the ladder: the president of their association, in an emergency the clerks too.

A due row gathers what is left within a while into one memo; another follows only for homes that are new on the list.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import due
from notices.ladder import lists
from notices.memos.rows import Answer, Said
from notices.memos.short_letters import short_of
from notices.memos.telling import to_be_said, write_to
from notices.models import Address, Memo, Notice, Seat, Term
from notices.outcomes import Skipped
from notices.planning import carried
from notices.town.city_hall import who_works_there
from notices.town.standing import OFFICERS, Standing, runs, standings
from notices.vault import Vault
from notices.wording import left
from notices.wording.marks import marked, opened

KIND: Final = "residual"
"""What its memos are about, and the kind of due rows: `residual <notice>`."""
WAIT: Final[Mapping[str, timedelta]] = {
    "emergency": timedelta(minutes=5),
    "urgent": timedelta(minutes=15),
    "ordinary": timedelta(hours=1),
}
"""By urgency: homes come to the end minutes apart, those that nothing reaches before the others."""
AGAIN: Final[Mapping[str, timedelta]] = {
    "emergency": timedelta(minutes=10),
    "urgent": timedelta(hours=3),
    "ordinary": timedelta(days=1),
}
"""Nobody is told of one notice sooner again than this."""


async def begin(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """Homes have come to the end of the ladder."""
    last = await _last(session, notice)
    at = now + WAIT[notice.urgency]
    if last is not None:
        at = max(at, last + AGAIN[notice.urgency])
    await due.put(session, notice.tenant, KIND, notice.id, at, sooner_wins=True)


async def _last(session: AsyncSession, notice: Notice) -> datetime | None:
    query = select(func.max(Memo.at)).where(
        Memo.tenant == notice.tenant, Memo.subject == notice.id, Memo.about == KIND
    )
    return await session.scalar(query)


async def tell(session: AsyncSession, tenant: str, id: str, now: datetime) -> None:
    notice = await session.get(Notice, (tenant, id))
    if notice is None or notice.state != "published":
        return
    new = await lists.left(session, notice, since=await _last(session, notice))
    if not new:
        return
    people = await _who_presides(session, tenant, list(new), now)
    pressing = notice.urgency == "emergency"
    if pressing:
        people |= set(await session.scalars(who_works_there(tenant, now)))
    # "urgent" is as far as a memo goes: it never stands in the way of the emergency itself.
    urgency = "ordinary" if notice.urgency == "ordinary" else "urgent"
    await write_to(session, tenant, sorted(people), KIND, id, now, urgency=urgency, at_night=pressing)


async def _who_presides(
    session: AsyncSession, tenant: str, associations: Sequence[str], now: datetime
) -> set[str]:
    """Of each its president; where that seat is empty, whoever else speaks for it."""
    query = (
        select(Seat.association, Seat.role, Term.person)
        .join(Term, and_(Term.tenant == Seat.tenant, Term.seat == Seat.id))
        .where(Seat.tenant == tenant, Seat.association.in_(associations), Seat.role.in_(OFFICERS))
        .where(Seat.ended_at.is_(None), runs(now))
    )
    seated = (await session.execute(query)).all()
    presided = {association for association, role, _ in seated if role == "president"}
    return {
        person for association, role, person in seated if role == "president" or association not in presided
    }


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,
) -> dict[str, Answer]:
    """Message → how many are left as it leaves, or why it says nothing after all."""
    query = to_be_said(tenant, memos, Notice)
    there = await standings(session, tenant, {each.person for each in memos}, now)
    found: dict[str, Answer] = {}
    for memo, notice, address, locale, city in await session.execute(query):
        who, homes = there[memo.person], await lists.left(session, notice)
        count = sum(n for association, n in homes.items() if _hears(who, notice, association))
        if why := _why_not(who, notice, address, count):
            found[memo.message] = Skipped(why)
            continue
        title = marked(notice.kind, notice.title, locale, notice.step)
        heading, text = left.said(locale, count, title)
        letter = (heading, opened(notice.kind, text, locale))
        found[memo.message] = Said(address, short_of(memo.message, letter, city, locale, _path(who, notice)))
    return found


def _hears(who: Standing, notice: Notice, association: str) -> bool:
    return who.officer_of(association) or (notice.urgency == "emergency" and who.works_for_city)


def _why_not(who: Standing, notice: Notice, address: Address, count: int) -> str | None:
    if notice.state != "published":
        return "withdrawn"
    if address.person != who.person or not (
        who.works_for_city or any(each.role in OFFICERS for each in who.seats)
    ):
        return "moved"
    if count == 0:
        return "left-heard"
    urgency = "ordinary" if notice.urgency == "ordinary" else "urgent"
    return None if carried.takes(address, urgency) else carried.why_not(address)


def _path(who: Standing, notice: Notice) -> str:
    """Where it says who they are: of the city's own, a clerk's page is another."""
    if notice.association is not None or not who.works_for_city:
        return f"/reach/{notice.id}"
    return f"/alarm/safety/{notice.id}" if notice.kind == "safety-check" else f"/alarm/{notice.id}"
