"""A visit that was pressed by mistake is taken back by its author. The visit stays in its table and in the audit; what it
alone had proved, there and for the homes that have become a part of that one, is proved no longer, and what others brought
meanwhile counts from when it came.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.errors import NotAllowed, NotFound, Withdrawn
from notices.ladder import beginning
from notices.ledger import homes, reach_records, receipts, whose
from notices.ledger.visit_errors import NotYourVisit
from notices.models import Household, Notice, NoticeHousehold, SafetyAnswer, Stamp, Visit
from notices.town.standing import Standing


class _Proof(NamedTuple):
    at: datetime
    how: str
    by: str
    proxy: bool


async def take_back(session: AsyncSession, by: Standing, visit_id: str, now: datetime) -> None:
    """Raises NotYourVisit, NotAllowed, Withdrawn. What was never taken in, or is back already, needs nothing."""
    visit = await session.get(Visit, (by.tenant, visit_id))
    if visit is None or visit.taken_back_at is not None:
        return
    notice, row = await _place(session, by, visit)
    visit.taken_back_at = now
    receipts.take_off(session, visit, await whose.association(session, notice, row.block) or "", row.block)
    rows = [row, *await _rows_joined(session, row)]
    for each in rows:
        if visit.round == each.round:
            await reckon(session, notice, each, now)
    detail = {"notice": notice.id, "kind": visit.kind}
    await audit.write(session, by.tenant, by.person, "visit.taken-back", visit.household, detail, now)
    await session.flush()
    # At once and not after a second of quiet: the door comes back on the list with the answer to the press.
    subjects = sorted({f"{notice.id}.{each.block}" for each in rows})
    await reach_records.write(session, by.tenant, subjects)


async def _place(session: AsyncSession, by: Standing, visit: Visit) -> tuple[Notice, NoticeHousehold]:
    """The notice and the home's row of its ledger, locked: whoever brings a proof meanwhile waits for its turn."""
    notice = await session.get(Notice, (by.tenant, visit.notice))
    row = await session.get(
        NoticeHousehold,
        (by.tenant, visit.notice, visit.household),
        with_for_update=True,
        populate_existing=True,
    )
    if notice is None or row is None:
        raise NotFound()
    theirs = await whose.association(session, notice, row.block)
    if not (by.leads(row.block) or by.officer_of(theirs)):
        raise NotAllowed()
    if visit.by != by.person:
        raise NotYourVisit()
    if notice.state == "withdrawn":
        raise Withdrawn()
    return notice, row


async def _rows_joined(session: AsyncSession, row: NoticeHousehold) -> Sequence[NoticeHousehold]:
    joined = await homes.joined(session, row.tenant, [row.household])
    if not joined:
        return []
    query = select(NoticeHousehold).where(
        NoticeHousehold.tenant == row.tenant,
        NoticeHousehold.notice == row.notice,
        NoticeHousehold.household.in_(joined[row.household]),
    )
    query = query.order_by(NoticeHousehold.household).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def reckon(session: AsyncSession, notice: Notice, row: NoticeHousehold, now: datetime) -> None:
    """The row, locked by the caller, by what still stands: as if what was taken back had never been."""
    await session.flush()
    proof = await _first_proof(session, row)
    was_proved = row.stamped_at is not None
    row.stamped_at, row.stamped_how, row.stamped_by, row.proxy = proof or (None, None, None, False)
    row.not_home_at = await _last_not_home(session, row)
    if was_proved and proof is None and notice.state == "published":
        await beginning.resume(session, notice, row.household, now)


async def _first_proof(session: AsyncSession, row: NoticeHousehold) -> _Proof | None:
    doors = await homes.read_by(session, row.tenant, row.household)
    stamps = select(Stamp).where(
        Stamp.tenant == row.tenant,
        Stamp.notice == row.notice,
        Stamp.household.in_(doors),
        Stamp.round == row.round,
    )
    visits = select(Visit).where(*_standing(row, doors), Visit.kind != "not-home")
    found = [
        _Proof(each.received_at, "app", each.person, each.proxy) for each in await session.scalars(stamps)
    ]
    for each in await session.scalars(visits):
        found.append(_Proof(each.received_at, each.kind, each.said_by or each.by, False))
    answers = select(SafetyAnswer).where(
        SafetyAnswer.tenant == row.tenant,
        SafetyAnswer.notice == row.notice,
        SafetyAnswer.household.in_(doors),
    )
    # That those were safe says nothing of whoever joined them later.
    home = await session.get_one(Household, (row.tenant, row.household))
    since = SafetyAnswer.at >= home.left_at if home.left_at is not None else false()
    answers = answers.where(or_(SafetyAnswer.household == row.household, since))
    for said in await session.scalars(answers):
        found.append(_Proof(said.received_at, "answer", said.by, said.how == "proxy"))
    return min(found, default=None)


async def _last_not_home(session: AsyncSession, row: NoticeHousehold) -> datetime | None:
    query = select(func.max(Visit.received_at)).where(
        *_standing(row, [row.household]), Visit.kind == "not-home"
    )
    last: datetime | None = await session.scalar(query)
    return last


def _standing(row: NoticeHousehold, doors: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        Visit.tenant == row.tenant,
        Visit.notice == row.notice,
        Visit.household.in_(doors),
        Visit.round == row.round,
        Visit.taken_back_at.is_(None),
    )
