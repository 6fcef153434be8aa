"""A second person: a clerk asks to send to the whole city, somebody else approves it or gives it back."""

from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec
from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.approval import city_notices, deciding, records
from notices.errors import KeyMissing, NotFound
from notices.models import Approval, Notice
from notices.passkeys import fresh
from notices.publishing import idempotency
from notices.publishing.compose import Attached, Draft, instant
from server.edge.auth import writing
from server.edge.wire import FileRef, Id, Urgency, Wire, an_id
from server.house import House
from server.routes.devices import Asked, Body
from server.routes.notices import KEY, IdempotencyKey

CLERK = {"who": "clerk"}


class Associations(Wire, kw_only=True, frozen=True):
    associations: list[Id]


class CityNotice(Wire, kw_only=True, frozen=True):
    id: Id | None = None
    kind: str
    topic: str
    title: str
    body: str
    audience: Associations | Literal["all"] = "all"
    files: tuple[FileRef, ...] = ()
    deadline: str | None = None
    expires_at: str | None = None
    urgency: Urgency = "ordinary"

    def draft(self) -> Draft:
        """Raises DateUnreadable."""
        chosen = [] if self.audience == "all" else list(dict.fromkeys(self.audience.associations))
        return Draft(
            kind=self.kind,
            topic=self.topic,
            title=self.title,
            body=self.body.replace("\r\n", "\n"),
            audience={} if self.audience == "all" else {"associations": chosen},
            files=tuple(Attached(file.sha256, file.name) for file in self.files),
            deadline=instant(self.deadline, "deadline"),
            expires_at=instant(self.expires_at, "expiresAt"),
            urgency=self.urgency,
        )


class Seen(Wire, kw_only=True, frozen=True):
    base_revision: int


class GivenBack(Wire, kw_only=True, frozen=True):
    base_revision: int
    reason: Annotated[str, Meta(max_length=5_000)]


@post("/cities/{city:str}/notices", opt=CLERK, status_code=201, summary="Ask to send to the whole city")
async def write(
    city: FromPath[str],
    data: JSONBody[CityNotice],
    request: Asked,
    house: NamedDependency[House],
    idempotency_key: IdempotencyKey = None,
) -> Body:
    """It waits for a second person (`state`: awaiting). By a clerk who has just proved themselves by a passkey."""
    if idempotency_key is None or not KEY.fullmatch(idempotency_key):
        raise KeyMissing()
    now, draft = house.clock(), data.draft()
    asked = sha256(city.encode() + b"\0" + msgspec.json.encode(data)).digest()
    async with writing(house, request) as (session, caller):
        if city != caller.city:
            raise NotFound()
        await fresh.insist(session, caller.tenant, caller.device, now)
        id = data.id or ids.new_id()
        made = await idempotency.once(session, caller.tenant, caller.person, idempotency_key, asked, id, now)
        if made is None:
            await city_notices.write(session, caller.standing, draft, now, id)
        return await _told(session, caller.tenant, made or id)


@post("/notices/{notice:str}/approve", opt=CLERK, status_code=200, summary="Approve, as a second person")
async def approve(
    notice: FromPath[str], data: JSONBody[Seen], request: Asked, house: NamedDependency[House]
) -> Body:
    """What was seen, `baseRevision`, goes out with the answer. Wants a fresh proof by a passkey; nobody approves their own."""
    now, id = house.clock(), an_id(notice, "notice")
    async with writing(house, request) as (session, caller):
        await deciding.insist(session, caller.standing, id, data.base_revision, now)
        await fresh.insist(session, caller.tenant, caller.device, now)
        what = (id, data.base_revision, now, city_notices.publish)
        await deciding.approve(session, caller.standing, *what)
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


async def _told(session: AsyncSession, tenant: str, notice: str) -> dict[str, Any]:
    await session.flush()
    letter = await session.get_one(Notice, (tenant, notice))
    query = select(Approval).where(Approval.tenant == tenant, Approval.notice == notice)
    newest = query.order_by(Approval.revision.desc()).limit(1)
    row = (await session.scalars(newest)).one()
    return {"id": notice} | await records.told(session, letter, row)


router = Router("/api/v1", route_handlers=[write, approve, refuse, recall], tags=["notices"])
