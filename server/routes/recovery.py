"""For the city's clerks: which associations have nobody to speak for them, and the way back in."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from notices.enrolment import tickets
from notices.handover import recovery
from notices.models import Association, Person
from notices.passkeys import fresh
from notices.tokyo import wire
from server.edge.auth import Caller, reading, writing
from server.edge.wire import Id, Wire, an_id
from server.house import House

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
CLERK = {"who": "clerk"}
NO_STORE = {"Cache-Control": "no-store"}


class NewPresident(Wire, kw_only=True, frozen=True):
    person: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    """Name or 住民番号 of somebody who lives there: the city holds no list to choose from."""


class NewSlip(Wire, kw_only=True, frozen=True):
    person: Id


@get("/operations/associations", opt=CLERK, summary="Associations, and whether anybody speaks for them")
async def listed(request: Asked, house: NamedDependency[House]) -> Body:
    """`state`: orphaned (no officer), silent (none heard of for two months), alone (one officer), well."""
    async with reading(house, request) as (session, caller):
        return {"associations": await recovery.overview(session, caller.standing, house.clock())}


@get("/associations/{association:str}/recovery", opt=CLERK, summary="Who speaks for an association")
async def stands(association: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """The seats of its officers, with their holders."""
    async with reading(house, request) as (session, caller):
        place = an_id(association, "association")
        return await recovery.one(session, caller.standing, place, house.clock())


@post(
    "/associations/{association:str}/recovery", opt=CLERK, summary="A president for an orphaned association"
)
async def appoint(
    association: FromPath[str], data: JSONBody[NewPresident], request: Asked, house: NamedDependency[House]
) -> Response[Body]:
    """Only where nobody speaks for it, or nobody who does was heard of for two months. With the slip; on record.

    Wants a fresh proof by a passkey."""
    now, vault = house.clock(), house.keys.vault
    async with writing(house, request) as (session, caller):
        place = an_id(association, "association")
        await fresh.insist(session, caller.tenant, caller.device, now)
        person = await recovery.appoint(session, vault, caller.standing, place, data.person, now)
        body = await _slip(house, session, caller, place, person)
    return Response(body, status_code=201, headers=NO_STORE)


@post(
    "/associations/{association:str}/recovery/slips", opt=CLERK, summary="A new slip for one of its officers"
)
async def let_in(
    association: FromPath[str], data: JSONBody[NewSlip], request: Asked, house: NamedDependency[House]
) -> Response[Body]:
    """Whose phone is gone. The code is shown this once; an earlier slip of theirs stops working; on record.

    Wants a fresh proof by a passkey."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        place = an_id(association, "association")
        await fresh.insist(session, caller.tenant, caller.device, now)
        await recovery.officer(session, caller.standing, place, data.person, now)
        body = await _slip(house, session, caller, place, data.person)
    return Response(body, status_code=201, headers=NO_STORE)


async def _slip(house: House, session: AsyncSession, caller: Caller, association: str, person: str) -> Body:
    """As the officers' own slips are; instead of its block it names the association."""
    vault, now = house.keys.vault, house.clock()
    [issued] = await tickets.issue(session, vault, caller.tenant, [person], "slip", caller.person, now)
    row = await session.get_one(Person, (caller.tenant, person))
    place = await session.get_one(Association, (caller.tenant, association))
    ticket = {
        "id": issued.ticket,
        "person": person,
        "name": row.name,
        "household": "",
        "block": place.name,
        "code": issued.code,
        "url": f"{house.settings.origin}/enrol#{issued.code}",
        "expiresAt": wire(issued.expires_at),
    }
    return {"tickets": [ticket]}


router = Router("/api/v1", route_handlers=[listed, stands, appoint, let_in], tags=["recovery"])
