"""A clerk asks that a notice of the city may go out: it waits, and cannot be changed while it does. Or that what is out may
say something else: then it stays out as it is meanwhile."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import audit, due, ids
from notices.approval import records
from notices.approval.approval_errors import ClerksOnly, CorrectionWaits, NobodyToApprove
from notices.errors import WrongState
from notices.models import Approval, Notice, Seat, Term
from notices.publishing import life
from notices.records.placing import files_of
from notices.tokyo import today, wire
from notices.town.standing import CITY, Held, Standing, terms

KIND: Final = "approval"
"""Of the due row, by which the worker counts whom it would reach, and tells those who may approve."""


async def ask(session: AsyncSession, by: Standing, notice: Notice, now: datetime) -> Approval:
    """From draft to awaiting. Raises ClerksOnly, WrongState, NobodyToApprove."""
    _insist_on_citys(notice)
    following = life.after(notice.state, "ask")
    row = await _request(session, by, notice, None, now)
    notice.state, notice.announced_by = following, by.person
    return await _asked(session, by, notice, row, now)


async def ask_correction(
    session: AsyncSession, by: Standing, notice: Notice, title: str, body: str, now: datetime
) -> Approval:
    """What is out is to say this instead. Raises ClerksOnly, WrongState, NobodyToApprove, CorrectionWaits."""
    _insist_on_citys(notice)
    life.after(notice.state, "reword")
    if await _waiting(session, notice) is not None:
        raise CorrectionWaits
    wished = {"title": title, "body": body, "titleBefore": notice.title, "bodyBefore": notice.body}
    row = await _request(session, by, notice, wished, now)
    return await _asked(session, by, notice, row, now)


def _insist_on_citys(notice: Notice) -> None:
    if notice.association is not None:
        raise WrongState(state=notice.state)


async def drop(session: AsyncSession, notice: Notice, now: datetime) -> None:
    """What is out no more needs no correction: one that waits is put aside."""
    if (row := await _waiting(session, notice)) is not None:
        row.state, row.decided_at = "withdrawn", now
        await records.keep(session, notice, row)


async def _waiting(session: AsyncSession, notice: Notice) -> Approval | None:
    query = select(Approval).where(
        Approval.tenant == notice.tenant, Approval.notice == notice.id, Approval.state == "awaiting"
    )
    return await session.scalar(query.execution_options(populate_existing=True))


async def _request(
    session: AsyncSession, by: Standing, notice: Notice, correction: dict[str, str] | None, now: datetime
) -> Approval:
    seat = clerk_seat(by)
    nobody = not await others(session, by.tenant, by.person, now)
    # An emergency in a city hall of one waits for its few minutes, and then goes out with a reason.
    if nobody and not await records.alone_after(session, notice, now):
        raise NobodyToApprove
    before = select(func.max(Approval.revision)).where(
        Approval.tenant == by.tenant, Approval.notice == notice.id
    )
    return Approval(
        tenant=by.tenant,
        id=ids.new_id(),
        notice=notice.id,
        revision=(await session.scalar(before) or 0) + 1,
        said=await said(session, notice, correction),
        correction=correction,
        state="awaiting",
        asked_by=by.person,
        asked_name=by.name,
        asked_title=seat.title,
        asked_at=now,
    )


async def _asked(
    session: AsyncSession, by: Standing, notice: Notice, row: Approval, now: datetime
) -> Approval:
    session.add(row)
    await session.flush()
    await records.keep(session, notice, row)
    await records.grant(session, notice)
    await audit.write(
        session, by.tenant, by.person, "approval.asked", notice.id, {"revision": row.revision}, now
    )
    await due.put(session, by.tenant, KIND, row.id, now)
    due.tap(session)
    return row


def clerk_seat(by: Standing) -> Held:
    """By which they speak for the city. Raises ClerksOnly."""
    for held in by.seats:
        if held.role == "clerk":
            return held
    raise ClerksOnly


async def others(session: AsyncSession, tenant: str, person: str, now: datetime) -> dict[str, set[str]]:
    """Person → their roles in the city today, of all but this one."""
    found: dict[str, set[str]] = {}
    running = terms(today(now), Term.tenant == tenant)
    for holder, _, role, *_ in await session.execute(running.where(Seat.role.in_(sorted(CITY)))):
        if holder != person:
            found.setdefault(holder, set()).add(role)
    return found


async def said(session: AsyncSession, notice: Notice, correction: Mapping[str, str] | None = None) -> bytes:
    """A hash of all that an approver answers for; of a correction also of the revision that it replaces."""
    files: Sequence[object] = await files_of(session, notice.tenant, notice.id)
    whole = [
        *(notice.kind, notice.topic, notice.title, notice.body, notice.urgency, notice.public),
        *(notice.translations, notice.audience, notice.form),
        *(wire(notice.deadline), wire(notice.expires_at), wire(notice.publish_at)),
        *((notice.step, notice.refers_to) if notice.refers_to is not None else ()),
        files,
        *(() if correction is None else (notice.revision, correction["title"], correction["body"])),
    ]
    return sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).digest()
