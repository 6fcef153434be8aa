"""A NEIGHBOUR'S VISIT IS TAKEN here: what was said or left at a household's door. First proof wins; nothing is ever
overwritten. Visits arrive late, twice and out of order; each is a no-op the second time. (Stamps: stamps.py; a visit
that was a mistake: taking_back.py.)
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, ids
from notices.alarm.kinds import PROVEN, SAFETY_CHECK
from notices.errors import (
    ChoiceUnknown,
    FieldWrong,
    NoStampAsked,
    NotAllowed,
    NotFound,
    NotInAudience,
    Withdrawn,
)
from notices.ledger import homes, reach, whose
from notices.ledger.visit_errors import AnswerWanted
from notices.models import Notice, NoticeHousehold, Resident, Visit
from notices.records import audience as places
from notices.sheets import coming_back
from notices.tokyo import wire
from notices.town.standing import Standing
from sync import Change, ScopeKey, record

VISITS = ("told", "not-home", "paper")


@dataclass(frozen=True, slots=True)
class Call:
    """A neighbour at a household's door. `said_by`: the person of the household who said so, where it was noted."""

    id: str
    notice: str
    household: str
    kind: str
    at: datetime
    said_by: str | None = None
    sheet: str | None = None
    """The printed sheet that came back with it."""


async def visit(session: AsyncSession, by: Standing, call: Call, now: datetime) -> None:
    """What a block leader or officer says of a household: told, not at home, paper ticked.

    Raises AnswerWanted at the door of a safety check, where only not at home is a visit; and what is raised below.
    """
    if call.kind not in VISITS:
        raise ChoiceUnknown(field="kind", choices=", ".join(VISITS))
    notice = await _asked(session, by, call.notice)
    row = await session.get(NoticeHousehold, (by.tenant, call.notice, call.household))
    leads = row is not None and by.leads(row.block)
    theirs = notice.association if row is None else await whose.association(session, notice, row.block)
    if not (leads or by.officer_of(theirs)):
        raise NotAllowed()
    if row is None:
        raise NotInAudience()
    # How they are is what is asked: a visit without it would take the home off the way of whoever goes and asks.
    if notice.kind == SAFETY_CHECK and call.kind != "not-home":
        raise AnswerWanted()
    if call.said_by is not None:
        await _insist_on_resident(session, by.tenant, call.household, call.said_by)
    if call.sheet is not None:
        await coming_back.insist(session, notice, call.sheet, call.household)
    if await session.get(Visit, (by.tenant, call.id)) is not None:
        return
    scope = places.leader_scope(row.block) if leads else places.officers_scope(theirs or "")
    await _keep(session, by, call, scope, notice.stamp_round, now)
    if call.kind == "not-home":
        await _note_not_home(session, by, notice, call.household, now)
    else:
        await _prove(session, by, notice, call.household, call.kind, now, notice.stamp_round, call.said_by)


async def _keep(
    session: AsyncSession, by: Standing, call: Call, scope: ScopeKey, round: int, now: datetime
) -> None:
    session.add(
        Visit(
            tenant=by.tenant,
            id=call.id,
            notice=call.notice,
            household=call.household,
            kind=call.kind,
            by=by.person,
            said_by=call.said_by,
            round=round,
            sheet=call.sheet,
            at=call.at,
            received_at=now,
        )
    )
    body = {
        "notice": call.notice,
        "household": call.household,
        "kind": call.kind,
        "at": wire(call.at),
        "by": {"id": by.person, "name": by.name},
    }
    record(session, by.tenant, Change(scope, "visits", call.id, body))
    detail = {"notice": call.notice}
    await audit.write(session, by.tenant, by.person, f"visit.{call.kind}", call.household, detail, now)


def take_off(session: AsyncSession, visit: Visit, association: str, block: str) -> None:
    """Off the phones: it stands where its author stood when they made it."""
    for scope in (places.leader_scope(block), places.officers_scope(association)):
        record(session, visit.tenant, Change(scope, "visits", visit.id, None))


async def _asked(session: AsyncSession, by: Standing, notice_id: str) -> Notice:
    notice = await session.get(Notice, (by.tenant, notice_id)) if ids.is_id(notice_id) else None
    if notice is None or notice.published_at is None:
        raise NotFound()
    if notice.state == "withdrawn":
        raise Withdrawn()
    if notice.kind not in PROVEN:
        raise NoStampAsked()
    return notice


async def _prove(
    session: AsyncSession,
    by: Standing,
    notice: Notice,
    household: str,
    how: str,
    now: datetime,
    round: int,
    said_by: str | None = None,
) -> None:
    joined = await homes.joined(session, by.tenant, [household])
    doors = [household, *joined.get(household, ())]
    rows = _unstamped(by.tenant, notice, doors).where(NoticeHousehold.round == round)
    proof = {"stamped_at": now, "stamped_how": how, "stamped_by": said_by or by.person}
    await _set(session, by, notice, rows, proof, now)


async def _insist_on_resident(session: AsyncSession, tenant: str, household: str, person: str) -> None:
    resident = await session.get(Resident, (tenant, household, person))
    if resident is None or resident.until is not None:
        raise FieldWrong(field="by", why="this person does not live in the household")


async def _note_not_home(
    session: AsyncSession, by: Standing, notice: Notice, household: str, now: datetime
) -> None:
    await _set(session, by, notice, _unstamped(by.tenant, notice, [household]), {"not_home_at": now}, now)


def _unstamped(tenant: str, notice: Notice, households: Collection[str]) -> Any:
    row = NoticeHousehold
    rows = update(row).where(row.tenant == tenant, row.notice == notice.id, row.household.in_(households))
    return rows.where(row.stamped_at.is_(None))


async def _set(
    session: AsyncSession, by: Standing, notice: Notice, rows: Any, values: dict[str, Any], now: datetime
) -> None:
    blocks = (await session.scalars(rows.values(values).returning(NoticeHousehold.block))).all()
    await reach.changed(session, by.tenant, notice.id, now, set(blocks))
