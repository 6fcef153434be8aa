"""Passkeys of those who work for the city: made after a slip, used to come in and to prove afresh who one is."""

import os
from typing import Annotated, Any

from litestar import Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from notices.models import City, Person
from notices.passkeys import asserting, fresh, registering
from notices.passkeys.challenges import Page, page_of
from notices.tokyo import wire
from server.edge.auth import reading, writing
from server.edge.wire import Wire, an_id
from server.house import House
from server.routes.devices import ENROLLED, NO_STORE, Asked, Body, welcome

CLERK = {"who": "clerk"}
Credential = Annotated[dict[str, Any], Meta(description="A PublicKeyCredential as JSON, bytes in base64url")]


class Made(Wire, kw_only=True, frozen=True):
    credential: Credential
    name: str = ""


class Signed(Wire, kw_only=True, frozen=True):
    credential: Credential


class SignedIn(Wire, kw_only=True, frozen=True):
    credential: Credential
    device_name: str = ""


@get("/api/v1/me/passkeys", opt=ENROLLED, summary="My passkeys")
async def mine(request: Asked, house: NamedDependency[House]) -> Body:
    """`provedUntil`: how long this device may do without proving itself afresh."""
    now = house.clock()
    async with reading(house, request) as (session, caller):
        rows = await registering.theirs(session, caller.standing)
        proved = await fresh.until(session, caller.tenant, caller.device, now)
    return {
        "passkeys": [
            {"id": row.id, "name": row.name, "createdAt": wire(row.created_at), "usedAt": wire(row.used_at)}
            for row in rows
        ],
        "provedUntil": wire(proved),
    }


@post("/api/v1/me/passkeys/options", opt=CLERK, status_code=200, summary="Options to make a passkey with")
async def options(request: Asked, house: NamedDependency[House]) -> Response[Body]:
    """On a device that came in by an operator's slip, or that has proved itself by an earlier passkey."""
    now = house.clock()
    async with reading(house, request) as (session, caller):
        city = await session.get_one(City, caller.tenant)
        who = (caller.standing, caller.device, _page(house), city.name, now, os.urandom)
        return Response(await registering.options(session, house.keys.vault, *who), headers=NO_STORE)


@post("/api/v1/me/passkeys", opt=CLERK, status_code=201, summary="A new passkey")
async def make(data: JSONBody[Made], request: Asked, house: NamedDependency[House]) -> Body:
    now, vault = house.clock(), house.keys.vault
    async with writing(house, request) as (session, caller):
        what = (caller.standing, caller.device, _page(house), data.credential, data.name, now)
        row = await registering.register(session, vault, *what)
        return {"id": row.id, "name": row.name, "createdAt": wire(row.created_at)}


@delete("/api/v1/me/passkeys/{passkey:str}", opt=ENROLLED, summary="Give up one of my passkeys")
async def drop(passkey: FromPath[str], request: Asked, house: NamedDependency[House]) -> None:
    now = house.clock()
    async with writing(house, request) as (session, caller):
        await registering.drop(session, caller.standing, an_id(passkey, "passkey"), now)


@post("/api/v1/me/step-up/options", opt=CLERK, status_code=200, summary="Options to prove afresh who I am")
async def step_up_options(request: Asked, house: NamedDependency[House]) -> Response[Body]:
    now = house.clock()
    async with reading(house, request) as (session, caller):
        who = (caller.standing, caller.device, _page(house), now, os.urandom)
        return Response(await asserting.step_up_options(session, house.keys.vault, *who), headers=NO_STORE)


@post("/api/v1/me/step-up", opt=CLERK, status_code=200, summary="It is me")
async def step_up(data: JSONBody[Signed], request: Asked, house: NamedDependency[House]) -> Body:
    """What goes to the whole city is open to this device for ten minutes."""
    now, vault = house.clock(), house.keys.vault
    async with writing(house, request) as (session, caller):
        what = (caller.standing, caller.device, _page(house), data.credential, now)
        return {"provedUntil": wire(await asserting.step_up(session, vault, *what))}


@post(
    "/api/v1/sign-in/passkey/options",
    opt={"who": "anyone"},
    status_code=200,
    summary="Options to sign in by a passkey",
)
async def sign_in_options(house: NamedDependency[House]) -> Response[Body]:
    made = asserting.sign_in_options(house.keys.vault, _page(house), house.clock(), os.urandom)
    return Response(made, headers=NO_STORE)


@post("/api/v1/sign-in/passkey", opt={"who": "anyone"}, status_code=201, summary="Sign in by a passkey")
async def sign_in(data: JSONBody[SignedIn], request: Asked, house: NamedDependency[House]) -> Response[Body]:
    """A new device of its owner, which has proved itself."""
    now, vault = house.clock(), house.keys.vault
    async with house.db.write() as session:
        what = (_page(house), data.credential, data.device_name, now)
        came = await asserting.sign_in(session, vault, *what)
        person = await session.get_one(Person, (came.tenant, came.person))
    return welcome(house, request, came, person.name, data.device_name)


def _page(house: House) -> Page:
    return page_of(house.settings.origin)


router = Router(
    "/",
    route_handlers=[mine, options, make, drop, step_up_options, step_up, sign_in_options, sign_in],
    tags=["devices"],
)
