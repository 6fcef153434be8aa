"""Emergencies, exercises and safety checks over HTTP: sent by saying what they are."""

from typing import Annotated, Any, Literal

from litestar import Request, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from notices.alarm import alone, exercises, sending, templates
from notices.approval import records
from notices.approval.records import alone_minutes
from notices.errors import NotFound
from notices.models import City, Notice
from notices.passkeys import fresh
from notices.publishing import drafts, publish, rewriting
from server.edge.auth import Caller, reading, writing
from server.edge.repeats import undo_of
from server.edge.wire import Wire, an_id
from server.house import House
from server.routes.notices import OFFICER_OR_CLERK, pressed_before

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
CLERK = {"who": "clerk"}


class Alone(Wire, kw_only=True, frozen=True):
    base_revision: int
    reason: Annotated[str, Meta(max_length=5_000)]


class Chosen(Wire, kw_only=True, frozen=True):
    alone_after_minutes: Annotated[int, Meta(ge=0, le=alone.LONGEST)]


class Meant(Wire, kw_only=True, frozen=True):
    kind: Literal["emergency", "exercise", "safety-check"]
    base_revision: int | None = None


@post("/notices/{notice:str}/send", opt=OFFICER_OR_CLERK, status_code=200, summary="Send what was prepared")
async def send(
    notice: FromPath[str], data: JSONBody[Meant], request: Asked, house: NamedDependency[House]
) -> Body:
    """A draft of an emergency, exercise or safety check, by the button of its own kind; another's is 409 `another-kind`.
    An association's is out at once. The city's needs a fresh proof and waits for a second person. Twice sends once.
    `baseRevision`: of the draft that whoever presses has before them; 409 `revision-unseen` where it was rewritten since."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        row = await publish.find(session, caller.standing, an_id(notice, "notice"))
        sending.insist_on_kind(row, data.kind)
        if pressed_before(row):
            return await drafts.told(session, row)
        rewriting.insist_seen(row, data.base_revision)
        if row.association is not None:
            await publish.announce(session, caller.standing, row, now, undo_of(house), stood=True)
        else:
            await fresh.insist(session, caller.tenant, caller.device, now)
            await sending.ask(session, caller.standing, row, now)
        return await drafts.told(session, row)


@post("/notices/{notice:str}/alone", opt=CLERK, status_code=200, summary="Go on alone, with a reason")
async def go_alone(
    notice: FromPath[str], data: JSONBody[Alone], request: Asked, house: NamedDependency[House]
) -> Body:
    """An emergency or safety check that nobody has answered for the city's time, by whoever asked, with a fresh proof. It goes
    out at once; all who work for the city are told, and it is on record. 409 `alone-too-soon` before its time."""
    now, id = house.clock(), an_id(notice, "notice")
    async with writing(house, request) as (session, caller):
        await alone.insist(session, caller.standing, id, data.base_revision, now)
        await fresh.insist(session, caller.tenant, caller.device, now)
        row = await alone.go(session, caller.standing, id, data.base_revision, data.reason, now)
        letter = await session.get_one(Notice, (caller.tenant, id))
        return {"id": id} | await records.told(session, letter, row)


@get(
    "/cities/{city:str}/alarm-settings", opt=CLERK, summary="How long an emergency waits for a second person"
)
async def settings(city: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """`aloneAfterMinutes`: after which whoever asked today may go on alone; 0 is never."""
    async with reading(house, request) as (session, caller):
        _insist_on_city(caller, city)
        row = await session.get_one(City, caller.tenant)
        return {"aloneAfterMinutes": alone_minutes(row, house.clock())}


@put("/cities/{city:str}/alarm-settings", opt=CLERK, summary="Change how long it waits")
async def choose(
    city: FromPath[str], data: JSONBody[Chosen], request: Asked, house: NamedDependency[House]
) -> Body:
    """By a clerk with a fresh proof; on record. A shorter wait holds for what is asked from the next day in Tokyo on."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        _insist_on_city(caller, city)
        await fresh.insist(session, caller.tenant, caller.device, now)
        await alone.choose(session, caller.standing, data.alone_after_minutes, now)
        return {"aloneAfterMinutes": data.alone_after_minutes}


@get("/cities/{city:str}/exercises", opt=CLERK, summary="How exercises went, beside the year before")
async def held(
    city: FromPath[str], request: Asked, house: NamedDependency[House], year: FromQuery[int | None] = None
) -> Body:
    """Of a `year` that begins in April, without it this one: per exercise homes, handed over, on the phone, answered, and
    after how many minutes half and nine tenths of all homes had it and had answered. Nobody is named."""
    async with reading(house, request) as (session, caller):
        _insist_on_city(caller, city)
        return await exercises.of_year(session, caller.tenant, year, house.clock())


@get("/alarm-templates", opt={"who": "enrolled"}, summary="Texts prepared for when it matters")
async def prepared(request: Asked, house: NamedDependency[House]) -> Body:
    """In five languages, with {place}, {time} … to be filled in. The app has them as `/web/alarm-templates.json`, offline."""
    async with reading(house, request):
        return templates.told()


def _insist_on_city(caller: Caller, city: str) -> None:
    if city != caller.city:
        raise NotFound()


router = Router("/api/v1", route_handlers=[send, go_alone, settings, choose, held, prepared], tags=["alarms"])
