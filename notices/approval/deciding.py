"""Somebody else decides: exactly what they saw goes out, or is given back with a reason. Rights are those of this moment."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit
from notices.approval import asking, records, states, telling
from notices.approval.approval_errors import (
    AlreadyDecided,
    ApprovalOld,
    AskerLeft,
    OwnApproval,
    RefusalReasonMissing,
)
from notices.errors import NotFound
from notices.models import Approval, Notice
from notices.publishing import drafts, life
from notices.publishing.compose import checked_body
from notices.town.standing import Standing, standing

REASON_LENGTH: Final = 500

Publish = Callable[[AsyncSession, Notice, Approval, datetime], Awaitable[None]]
"""Sends a notice of the city whose approval was given, and moves it from `awaiting` on; or corrects what is out."""


async def insist(session: AsyncSession, by: Standing, notice: str, revision: int, now: datetime) -> None:
    """That `by` may approve this, before they are asked to prove themselves. Raises what `approve` does."""
    await _approvable(session, by, notice, revision, now)


async def approve(
    session: AsyncSession, by: Standing, notice: str, revision: int, now: datetime, publish: Publish
) -> Approval:
    """Pressing twice sends once: who has approved it is answered as it is.

    Raises NotFound, AlreadyDecided, OwnApproval, ApprovalOld, AskerLeft, and what `publish` does.
    """
    row, letter = await _approvable(session, by, notice, revision, now)
    if row.state == "approved":
        return row
    await _decide(session, by, row, "approve", None, now)
    await publish(session, letter, row, now)
    await records.keep(session, letter, row)
    return row


async def refuse(
    session: AsyncSession, by: Standing, notice: str, revision: int, reason: str, now: datetime
) -> Approval:
    """Back to a draft; of a correction nothing changes.

    Raises as `approve`, but that the one who asked may have left; RefusalReasonMissing.
    """
    text = reason.strip()
    if not text or len(text) > REASON_LENGTH:
        raise RefusalReasonMissing(most=REASON_LENGTH)
    checked_body(text)
    row, letter = await _awaiting(session, by, notice, "refuse")
    if row.asked_by == by.person:
        raise OwnApproval
    _insist_on_revision(row, revision)
    await _back(session, by, row, letter, "refuse", text, now)
    return row


async def recall(session: AsyncSession, by: Standing, notice: str, now: datetime) -> Approval:
    """Taken back by whoever asked, or by a colleague of theirs. Raises NotFound, AlreadyDecided, ClerksOnly."""
    asking.clerk_seat(by)
    row, letter = await _awaiting(session, by, notice, "recall")
    await _back(session, by, row, letter, "recall", None, now)
    return row


async def awaiting(
    session: AsyncSession, by: Standing, notice: str, revision: int, act: states.Act
) -> tuple[Approval, Notice]:
    """Of what waits still, as it was seen. Raises NotFound, AlreadyDecided, ApprovalOld."""
    row, letter = await _awaiting(session, by, notice, act)
    _insist_on_revision(row, revision)
    return row, letter


async def decide_alone(
    session: AsyncSession, by: Standing, row: Approval, reason: str, now: datetime
) -> None:
    """By whoever asked, who may (alarm/alone.py); the caller sends it in the same transaction."""
    row.alone = True
    await _decide(session, by, row, "alone", reason, now)


async def _approvable(
    session: AsyncSession, by: Standing, notice: str, revision: int, now: datetime
) -> tuple[Approval, Notice]:
    row, letter = await _newest(session, by, notice)
    if row.state == "approved" and not row.alone and (row.decided_by, row.revision) == (by.person, revision):
        return row, letter
    _insist_on_awaiting(row, "approve")
    if row.asked_by == by.person:
        raise OwnApproval
    _insist_on_revision(row, revision)
    if row.said != await asking.said(session, letter, row.correction):
        raise ApprovalOld(revision=row.revision)
    asker = await standing(session, by.tenant, row.asked_by, now)
    if asker is None or not any(held.role == "clerk" for held in asker.seats):
        raise AskerLeft
    return row, letter


async def _awaiting(
    session: AsyncSession, by: Standing, notice: str, act: states.Act
) -> tuple[Approval, Notice]:
    row, letter = await _newest(session, by, notice)
    _insist_on_awaiting(row, act)
    return row, letter


async def _newest(session: AsyncSession, by: Standing, notice: str) -> tuple[Approval, Notice]:
    """The last request for it; the notice is locked, so of two who decide at once one is the first."""
    if not by.works_for_city:
        raise NotFound
    query = select(Notice).where(
        Notice.tenant == by.tenant, Notice.id == notice, Notice.association.is_(None)
    )
    letter = await session.scalar(query.with_for_update())
    requests = select(Approval).where(Approval.tenant == by.tenant, Approval.notice == notice)
    row = await session.scalar(
        requests.order_by(Approval.revision.desc()).limit(1).execution_options(populate_existing=True)
    )
    if letter is None or row is None:
        raise NotFound
    return row, letter


def _insist_on_awaiting(row: Approval, act: states.Act) -> None:
    if states.after(_state(row), act) is None:
        raise AlreadyDecided(state=row.state)


def _insist_on_revision(row: Approval, revision: int) -> None:
    if row.revision != revision:
        raise ApprovalOld(revision=row.revision)


def _state(row: Approval) -> states.State:
    state: states.State = row.state  # type: ignore[assignment]
    return state


async def _back(
    session: AsyncSession,
    by: Standing,
    row: Approval,
    letter: Notice,
    act: states.Act,
    reason: str | None,
    now: datetime,
) -> None:
    await _decide(session, by, row, act, reason, now)
    if row.correction is None:
        letter.state = life.after(letter.state, "give-back")
    await records.keep(session, letter, row)
    await drafts.keep(session, letter)


async def _decide(
    session: AsyncSession,
    by: Standing,
    row: Approval,
    act: states.Act,
    reason: str | None,
    now: datetime,
) -> None:
    row.state = states.after(_state(row), act) or row.state
    row.decided_by, row.decided_name, row.decided_at, row.reason = by.person, by.name, now, reason
    detail = {"revision": row.revision, "asked": row.asked_by}
    action = "approval.alone" if row.alone else f"approval.{row.state}"
    await audit.write(session, by.tenant, by.person, action, row.notice, detail, now)
    if row.asked_by != by.person:
        await telling.tell(session, row, telling.DECIDED, [row.asked_by], now)
