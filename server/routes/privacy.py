"""What is known of me, for me; and how it goes."""

from typing import Any

from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import NotFound
from notices.privacy import consent, erasure, export, naming
from notices.tokyo import wire
from notices.town import directory
from server.edge.auth import Caller, reading, writing
from server.edge.wire import Sure, an_id
from server.house import House
from server.keeping import retention

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
OFFICER = {"who": "officer"}
ENROLLED = {"who": "enrolled"}
FILE = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="kairan-my-data.json"'}


@get("/privacy", opt={"who": "anyone"}, summary="What is kept how long, and who is named to whom")
async def rules(house: NamedDependency[House]) -> Body:
    """`keeps`: days, 0 for ever. `namedTo`: by kind of notice. `consent`: the newest version of the text."""
    return {
        "keeps": retention.days(house.settings),
        "namedTo": naming.told(),
        "consent": consent.NEWEST,
    }


@get("/me/export", opt=ENROLLED, summary="All that is stored of me")
async def exported(request: Asked, house: NamedDependency[House]) -> Response[bytes]:
    """JSON with names and titles instead of ids, addresses opened; the form is in docs/export.md."""
    async with reading(house, request) as (session, caller):
        by = (caller.tenant, caller.person, house.clock())
        body = await export.of_person(session, house.keys.vault, *by)
    return Response(export.as_text(body).encode(), media_type="application/json", headers=FILE)


@get("/me/erasure", opt=ENROLLED, summary="Whether and when I am erased")
async def asked(request: Asked, house: NamedDependency[House]) -> Body:
    """`at`: null where it was not asked for."""
    async with reading(house, request) as (session, caller):
        return {"at": wire(await erasure.asked(session, caller.tenant, caller.person))}


@post("/me/erasure", opt=ENROLLED, status_code=202, summary="Erase me")
async def ask(
    data: JSONBody[Sure],  # noqa: ARG001 (read, and so refused without its word)
    request: Asked,
    house: NamedDependency[House],
) -> Body:
    """In seven days, until which it can be taken back. 409 for whoever holds a seat."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        by = (caller.tenant, caller.person, caller.person, now)
        return {"at": wire(await erasure.ask(session, *by))}


@delete("/me/erasure", opt=ENROLLED, summary="Do not erase me after all")
async def keep(request: Asked, house: NamedDependency[House]) -> None:
    now = house.clock()
    async with writing(house, request) as (session, caller):
        await erasure.take_back(session, caller.tenant, caller.person, caller.person, now)


@post(
    "/associations/{association:str}/people/{person:str}/erasure",
    opt=OFFICER,
    status_code=202,
    summary="Erase somebody who asked for it",
)
async def ask_for(
    association: FromPath[str],
    person: FromPath[str],
    data: JSONBody[Sure],  # noqa: ARG001 (as above)
    request: Asked,
    house: NamedDependency[House],
) -> Body:
    """By word of mouth or on paper. In seven days; they see it on their phone, and either can take it back."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        await _insist(session, caller, association, person)
        return {"at": wire(await erasure.ask(session, caller.tenant, person, caller.person, now))}


@delete(
    "/associations/{association:str}/people/{person:str}/erasure",
    opt=OFFICER,
    summary="Do not erase somebody after all",
)
async def keep_them(
    association: FromPath[str], person: FromPath[str], request: Asked, house: NamedDependency[House]
) -> None:
    now = house.clock()
    async with writing(house, request) as (session, caller):
        await _insist(session, caller, association, person)
        await erasure.take_back(session, caller.tenant, person, caller.person, now)


async def _insist(session: AsyncSession, caller: Caller, association: str, person: str) -> None:
    """Another association's people are not there."""
    if not caller.standing.officer_of(association):
        raise NotFound()
    await directory.insist_on_person(session, caller.tenant, association, an_id(person, "person"))


router = Router(
    "/api/v1",
    route_handlers=[rules, exported, asked, ask, keep, ask_for, keep_them],
    tags=["privacy"],
)
