"""The city's circulars over HTTP: written and sent by clerks, passed on or declined by officers, counted."""

from collections.abc import Mapping
from hashlib import sha256

import msgspec
from litestar import Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.alarm import kinds
from notices.alarm import sending as alarms
from notices.circulation import circulation_csv, forwarding, load, overview, records, sending
from notices.errors import NotAllowed, NotFound
from notices.finding import search
from notices.models import Notice
from notices.passkeys import fresh
from notices.publishing import drafts, idempotency, publish
from notices.publishing.compose import instant
from server.edge.auth import Caller, reading, writing
from server.edge.repeats import IdempotencyKey, a_key, undo_of
from server.edge.tables import table
from server.edge.wire import an_id
from server.edge.wire_circulars import Decline, Forward, NewCircular, Policy
from server.house import House
from server.routes.notices import Asked, Body

CLERK = {"who": "clerk"}
OFFICER = {"who": "officer"}


@post("/cities/{city:str}/notices", opt=CLERK, summary="Write a circular or an alarm of the city")
async def write(
    city: FromPath[str],
    data: JSONBody[NewCircular],
    request: Asked,
    house: NamedDependency[House],
    idempotency_key: IdempotencyKey = None,
) -> Body:
    """By clerks, to all associations, some, or some districts. Writes a draft; with `publish`, and a fresh proof by a
    passkey, it waits for a second person (`awaiting`). Approved, a circular is held for the time of undo, then with every
    association; an emergency, exercise or safety check is at once with every home. Needs an Idempotency-Key."""
    key, now = a_key(idempotency_key), house.clock()
    draft, at = data.draft(), instant(data.publish_at, "publishAt")
    asked = sha256(city.encode() + b"\0" + msgspec.json.encode(data)).digest()
    async with writing(house, request) as (session, caller):
        _insist(caller, city)
        if caller.standing.clerk is None:
            raise NotAllowed()
        id = data.id or ids.new_id()
        made = await idempotency.once(session, caller.tenant, caller.person, key, asked, id, now)
        if made is not None:
            return await drafts.told(session, await publish.find(session, caller.standing, made))
        if data.publish:
            await fresh.insist(session, caller.tenant, caller.device, now)
        room = alarms if draft.kind in kinds.ALARMS else sending
        circular = await room.write(session, caller.standing, draft, now, id)
        if data.publish:
            await room.ask(session, caller.standing, circular, now, at)
        return await drafts.told(session, circular)


@get("/cities/{city:str}/notices", opt=CLERK, summary="The city's circulars and alarms")
async def listed(
    city: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    q: FromQuery[str] = "",
    year: FromQuery[int | None] = None,
    month: FromQuery[int | None] = None,
) -> Body:
    """Drafts, held and sent ones with their counts, newest first, at most 200. `q`, `year`, `month`: as an association's."""
    async with reading(house, request) as (session, caller):
        _insist(caller, city)
        if q or year is not None or month is not None:
            return await search.search(session, caller.tenant, None, q, year, month)
        query = select(Notice).where(Notice.tenant == caller.tenant, Notice.association.is_(None))
        rows = await session.scalars(query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(200))
        return {"notices": [await _told(session, row) for row in rows.all()]}


@get("/cities/{city:str}/load", opt=CLERK, summary="What each association got this month")
async def month(city: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """Of all associations, for choosing before sending: homes, notices of the city and of their own since the first of
    the month, and the blocks that got more."""
    async with reading(house, request) as (session, caller):
        _insist(caller, city)
        return {"associations": await load.of_month(session, caller.tenant, house.clock())}


@get("/notices/{notice:str}/circulations", opt=CLERK, summary="How far a circular is, per association")
async def passages(notice: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """Received, forwarded, declined, and the grades of the homes, as they were last counted."""
    async with reading(house, request) as (session, caller):
        return await overview.of(session, await _circular(session, caller, notice))


@get("/notices/{notice:str}/circulations.csv", opt=CLERK, summary="The same as a spreadsheet")
async def spreadsheet(
    notice: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    encoding: FromQuery[str] = "utf-8",
) -> Response[bytes]:
    """A line per association and one that adds up; no person is named. `encoding`: utf-8 (with BOM) or cp932; what that
    does not hold becomes 〓, is told in the last line, and in X-Replaced-Characters."""
    async with reading(house, request) as (session, caller):
        told = await overview.of(session, await _circular(session, caller, notice))
    return table(circulation_csv.made(told["rows"], encoding), "circulations.csv")


async def _circular(session: AsyncSession, caller: Caller, notice: str) -> Notice:
    """For whoever works for the city. Raises NotFound."""
    row = await session.get(Notice, (caller.tenant, an_id(notice, "notice")))
    if (
        row is None
        or row.association is not None
        or row.kind in kinds.ALARMS
        or not caller.standing.works_for_city
    ):
        raise NotFound()
    return row


@post("/notices/{notice:str}/forward", opt=OFFICER, status_code=200, summary="Pass a circular on")
async def forward(
    notice: FromPath[str], data: JSONBody[Forward], request: Asked, house: NamedDependency[House]
) -> Body:
    """By an officer of an association that has it, with a note and a deadline of their own. → the association's notice."""
    now, deadline = house.clock(), instant(data.deadline, "deadline")
    async with writing(house, request) as (session, caller):
        circular, row = await forwarding.received(
            session, caller.standing, an_id(notice, "notice"), data.association
        )
        copy = await forwarding.forward(
            session, caller.standing, circular, row, data.cover, deadline, now, undo_of(house)
        )
        return await drafts.told(session, copy)


@post("/notices/{notice:str}/decline", opt=OFFICER, status_code=200, summary="A circular is not for us")
async def decline(
    notice: FromPath[str], data: JSONBody[Decline], request: Asked, house: NamedDependency[House]
) -> Mapping[str, str | None]:
    """By an officer, with a reason the city reads. Can still be forwarded later."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        circular, row = await forwarding.received(
            session, caller.standing, an_id(notice, "notice"), data.association
        )
        await forwarding.decline(session, caller.standing, circular, row, data.reason, now)
        return {"circular": row.circular, "association": row.association, "state": row.state}


@put(
    "/associations/{association:str}/circulars", opt=OFFICER, summary="Whether circulars go on by themselves"
)
async def policy(
    association: FromPath[str], data: JSONBody[Policy], request: Asked, house: NamedDependency[House]
) -> Mapping[str, bool]:
    """The association's standing order for what the city sends from now on."""
    async with writing(house, request) as (session, caller):
        place = an_id(association, "association")
        await forwarding.choose(session, caller.standing, place, house.clock(), by_itself=data.by_itself)
        return {"byItself": data.by_itself}


async def _told(session: AsyncSession, row: Notice) -> Body:
    if row.kind in kinds.ALARMS:
        return await drafts.told(session, row, with_forecast=False)
    return await records.told(session, row)


def _insist(caller: Caller, city: str) -> None:
    """Raises NotAllowed for who does not work for the city, NotFound for another city."""
    if not caller.standing.works_for_city:
        raise NotAllowed()
    if an_id(city, "city") != caller.city:
        raise NotFound()


router = Router(
    "/api/v1",
    route_handlers=[write, listed, month, passages, spreadsheet, forward, decline, policy],
    tags=["circulars"],
)
