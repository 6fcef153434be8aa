"""Who is told: those who may approve that something waits, whoever asked what became of it. By all their channels."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncSession

from notices.approval import asking, recipients, records
from notices.memos.rows import Answer, Said
from notices.memos.short_letters import short_of
from notices.memos.telling import to_be_said, write_to
from notices.models import Address, Approval, Memo, Notice
from notices.outcomes import Skipped
from notices.planning import carried
from notices.town.standing import standings
from notices.vault import Vault
from notices.wording.city_hall import city_hall
from notices.wording.marks import marked, opened

ASKED: Final = "approval-asked"
DECIDED: Final = "approval-decided"
ALONE: Final = "approval-alone"
PATH: Final = "/approvals"


async def count_and_tell(session: AsyncSession, tenant: str, approval: str, now: datetime) -> None:
    """What a due row does, behind the answer to whoever asked: counting a city takes a while."""
    row = await session.get(Approval, (tenant, approval))
    if row is None or row.state != "awaiting":
        return
    notice = await session.get_one(Notice, (tenant, row.notice), with_for_update=True)
    await session.refresh(row)
    if row.state != "awaiting":
        return  # decided while we waited for the lock
    row.forecast = await recipients.count(session, notice)
    await records.keep(session, notice, row)
    if notice.urgency != "emergency":  # whose approvers were told in the transaction of the press
        await tell_approvers(session, row, now)


async def tell_approvers(session: AsyncSession, row: Approval, now: datetime, *, all_: bool = False) -> None:
    """That something waits for them. `all_`: everybody who could approve, whoever's task it is."""
    roles = await asking.others(session, row.tenant, row.asked_by, now)
    approvers = [person for person, held in roles.items() if "approver" in held]
    await tell(session, row, ASKED, list(roles) if all_ else approvers or list(roles), now)


async def tell(
    session: AsyncSession, row: Approval, about: str, people: Collection[str], now: datetime
) -> None:
    """Of an emergency at night, too."""
    letter = await session.get_one(Notice, (row.tenant, row.notice))
    pressing = letter.urgency == "emergency"
    urgency = "emergency" if pressing else "urgent"
    await write_to(
        session, row.tenant, sorted(people), about, row.id, now, urgency=urgency, at_night=pressing
    )


async def said(
    session: AsyncSession,
    vault: Vault,  # noqa: ARG001 - every room of memos is asked alike
    tenant: str,
    memos: Sequence[Memo],
    now: datetime,
) -> dict[str, Answer]:
    query = to_be_said(tenant, memos, Approval).add_columns(Notice)
    query = query.join(Notice, and_(Notice.tenant == Memo.tenant, Notice.id == Approval.notice))
    there = await standings(session, tenant, {each.person for each in memos}, now)
    found: dict[str, Answer] = {}
    for memo, row, address, locale, city, notice in await session.execute(query):
        here = there[memo.person].works_for_city and address.person == memo.person
        urgency = "emergency" if notice.urgency == "emergency" else "urgent"
        if why := _why_not(memo, row, address, urgency, here=here):
            found[memo.message] = Skipped(why)
            continue
        letter = short_of(row.id, _words(memo, row, notice, locale), city, locale, PATH)
        found[memo.message] = Said(address, letter)
    return found


def _words(memo: Memo, row: Approval, notice: Notice, locale: str) -> tuple[str, str]:
    what = {ASKED: "asked", ALONE: "alone"}.get(memo.about, row.state)
    if row.correction is not None and what in ("asked", "approved"):
        what = f"correction-{what}"
    heading, text = city_hall(locale).approvals[what]
    who = row.asked_name if memo.about == ASKED else row.decided_name
    title = marked(notice.kind, heading(notice.title), locale, notice.step)
    return title, opened(notice.kind, text(who or "", row.reason or ""), locale)


def _why_not(memo: Memo, row: Approval, address: Address, urgency: str, *, here: bool) -> str | None:
    if not here:
        return "moved"
    if not carried.takes(address, urgency):
        return carried.why_not(address)
    return "approval-over" if memo.about == ASKED and row.state != "awaiting" else None
