"""Who speaks for whom: asked on the own phone or on paper, taken up by a code, withdrawn by either side."""

from typing import Any

from litestar import Request, Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import NotAllowed
from notices.proxies import ending, greeting, inviting, taking_up
from notices.proxies.inviting import Invited
from notices.proxies.proxy_errors import ProxyHasNoHome
from notices.records.projection import Touched, refresh
from notices.tokyo import wire
from notices.town import directory
from notices.town.standing import OFFICERS
from server.edge.auth import Caller, reading, writing
from server.edge.wire import an_id
from server.edge.wire_proxies import GreetingWish, NewProxy, PaperProxy, TakeUp
from server.house import House

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
ENROLLED = {"who": "enrolled"}
NO_STORE = {"Cache-Control": "no-store"}


@post("/api/v1/me/proxies", opt=ENROLLED, summary="Ask somebody to speak for me")
async def ask(data: JSONBody[NewProxy], request: Asked, house: NamedDependency[House]) -> Response[Body]:
    """→ the code that they take it up with, shown once: at the app they have, or to come in by it (`POST /enrol`)."""
    now, wish = house.clock(), data.wish()
    async with writing(house, request) as (session, caller):
        if not caller.standing.homes:
            raise ProxyHasNoHome()
        me = caller.person
        invited = await inviting.ask(session, house.keys.vault, caller.tenant, me, wish, "phone", me, now)
    return Response(_shown(invited), status_code=201, headers=NO_STORE)


@post("/api/v1/me/proxies/accept", opt=ENROLLED, status_code=200, summary="Take up an invitation by its code")
async def accept(data: JSONBody[TakeUp], request: Asked, house: NamedDependency[House]) -> Body:
    """Somebody has asked me to speak for them. From now on it holds."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        row = await taking_up.accept(
            session, house.keys.vault, house.guesses, caller.standing, data.code, now
        )
        return {"proxy": row.id}


@delete("/api/v1/proxies/{proxy:str}", opt=ENROLLED, summary="A proxy ends")
async def withdraw(proxy: FromPath[str], request: Asked, house: NamedDependency[House]) -> None:
    """By either side, by who lives with them, or by an officer who was told; effective at the next request. Again is nothing."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        gone = await ending.withdraw(session, caller.standing, an_id(proxy, "proxy"), now)
        await refresh(session, house.keys.vault, caller.tenant, Touched(people=gone), now)


@put("/api/v1/me/greeting", opt=ENROLLED, summary="The daily 「お元気ですか」: by when, on a journey, off")
async def greet_me(data: JSONBody[GreetingWish], request: Asked, house: NamedDependency[House]) -> None:
    """Where it is not pressed by then, those hear who may hear of me. (The press itself is a mutation, `greetings`.)"""
    now, until, away_to = house.clock(), data.minute(), data.away()
    async with writing(house, request) as (session, caller):
        await greeting.wish(session, caller.standing, until, away_to, now)


@post("/api/v1/associations/{association:str}/proxies", opt=ENROLLED, summary="Consent on paper is recorded")
async def record(
    association: FromPath[str], data: JSONBody[PaperProxy], request: Asked, house: NamedDependency[House]
) -> Response[Body]:
    """By an officer or helper who saw it signed, for somebody of the roster, who has it at once.

    No code comes of it: the witness would be the first to hold it, and could be that proxy under another name.
    """
    now, wish = house.clock(), data.wish(data.person)
    async with writing(house, request) as (session, caller):
        await _insist_on_witness(session, caller, association, data)
        tenant, vault, witness = caller.tenant, house.keys.vault, caller.person
        invited = await inviting.ask(session, vault, tenant, data.represented, wish, "paper", witness, now)
    return Response(_shown(invited), status_code=201, headers=NO_STORE)


@get("/api/v1/associations/{association:str}/proxies", opt=ENROLLED, summary="Proxies that officers recorded")
async def recorded(association: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """Those on paper, of homes of this association that have not ended, so that an officer can end one on request."""
    async with reading(house, request) as (session, caller):
        _insist_on_seat(caller, association)
        return {"proxies": await inviting.on_paper(session, caller.tenant, association, house.clock())}


async def _insist_on_witness(
    session: AsyncSession, caller: Caller, association: str, data: PaperProxy
) -> None:
    _insist_on_seat(caller, association)
    await directory.insist_on_person(session, caller.tenant, association, data.represented)
    await directory.insist_on_person(session, caller.tenant, association, data.person)


def _insist_on_seat(caller: Caller, association: str) -> None:
    roles = OFFICERS | {"helper"}
    if not any(held.association == association and held.role in roles for held in caller.standing.seats):
        raise NotAllowed()


def _shown(invited: Invited) -> Body:
    return {"proxy": invited.proxy, "code": invited.code, "codeUntil": wire(invited.code_until)}


router = Router("/", route_handlers=[ask, accept, withdraw, greet_me, record, recorded], tags=["proxies"])
