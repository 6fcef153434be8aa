"""A second person: a clerk asks to send to the whole city, somebody else approves it or gives it back."""

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm import kinds
from notices.alarm import sending as alarms
from notices.alarm.alarm_errors import AnotherKind
from notices.approval import deciding, records
from notices.circulation import sending
from notices.models import Approval, Notice
from notices.passkeys import fresh
from server.edge.auth import writing
from server.edge.repeats import undo_of
from server.edge.wire import Wire, an_id
from server.house import House
from server.routes.devices import Asked, Body

CLERK = {"who": "clerk"}


class Seen(Wire, kw_only=True, frozen=True):
    base_revision: int
    kind: str | None = None
    """Of what was seen. Nothing is approved as what it is not."""


class GivenBack(Wire, kw_only=True, frozen=True):
    base_revision: int
    reason: Annotated[str, Meta(max_length=5_000)]


@post("/notices/{notice:str}/approve", opt=CLERK, status_code=200, summary="Approve, as a second person")
async def approve(
    notice: FromPath[str], data: JSONBody[Seen], request: Asked, house: NamedDependency[House]
) -> Body:
    """What was seen, `baseRevision`, goes out after the time of undo. Wants a fresh proof by a passkey; of another person."""
    now, id = house.clock(), an_id(notice, "notice")
    async with writing(house, request) as (session, caller):
        await deciding.insist(session, caller.standing, id, data.base_revision, now)
        await fresh.insist(session, caller.tenant, caller.device, now)
        send = partial(_send, kind=data.kind, undo=undo_of(house))
        await deciding.approve(session, caller.standing, id, data.base_revision, now, send)
        return await _told(session, caller.tenant, id)


@post("/notices/{notice:str}/refuse", opt=CLERK, status_code=200, summary="Give it back, with a reason")
async def refuse(
    notice: FromPath[str], data: JSONBody[GivenBack], request: Asked, house: NamedDependency[House]
) -> Body:
    now, id = house.clock(), an_id(notice, "notice")
    async with writing(house, request) as (session, caller):
        await deciding.refuse(session, caller.standing, id, data.base_revision, data.reason, now)
        return await _told(session, caller.tenant, id)


@post("/notices/{notice:str}/recall", opt=CLERK, status_code=200, summary="Take back what waits for approval")
async def recall(notice: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    now, id = house.clock(), an_id(notice, "notice")
    async with writing(house, request) as (session, caller):
        await deciding.recall(session, caller.standing, id, now)
        return await _told(session, caller.tenant, id)


async def _send(
    session: AsyncSession, notice: Notice, now: datetime, kind: str | None, undo: timedelta
) -> None:
    if kind is not None and kind != notice.kind:
        raise AnotherKind(kind=notice.kind)
    if notice.kind in kinds.ALARMS:
        await alarms.approved(session, notice, now)
    else:
        await sending.approved(session, notice, now, undo)


async def _told(session: AsyncSession, tenant: str, notice: str) -> dict[str, Any]:
    await session.flush()
    letter = await session.get_one(Notice, (tenant, notice))
    query = select(Approval).where(Approval.tenant == tenant, Approval.notice == notice)
    newest = query.order_by(Approval.revision.desc()).limit(1)
    row = (await session.scalars(newest)).one()
    return {"id": notice} | await records.told(session, letter, row)


router = Router("/api/v1", route_handlers=[approve, refuse, recall], tags=["notices"])
