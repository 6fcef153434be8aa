"""Without paper: a code by mail for residents and officers, and a person's own mail address."""

from typing import Annotated, Any

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from notices.models import Person
from notices.sign_in import asking, confirming
from notices.sign_in.confirming import Choice, Guess
from notices.town import mailbox
from server.edge.auth import reading, writing
from server.edge.wire import Id, Wire
from server.house import House
from server.routes.devices import ENROLLED, NO_STORE, Asked, Body, IdempotencyKey, address_of, welcome

Email = Annotated[str, Meta(max_length=400)]
Code = Annotated[str, Meta(max_length=40)]


class Mailbox(Wire, kw_only=True, frozen=True):
    email: Email


class Mailed(Wire, kw_only=True, frozen=True):
    email: Email
    code: Code


class SignIn(Wire, kw_only=True, frozen=True):
    email: Email
    code: Code
    device_name: str = ""
    person_id: Id | None = None


@post("/api/v1/sign-in", opt={"who": "anyone"}, status_code=202, summary="A code by mail, to sign in with")
async def ask(data: JSONBody[Mailbox], request: Asked, house: NamedDependency[House]) -> Body:
    """The same answer, and the same work, whether the address is known or not. The code lives 10 minutes."""
    now = house.clock()
    async with house.db.write() as session:
        await asking.sign_in(session, house.keys.vault, data.email, address_of(request), now)
    return {"sent": True}


@post(
    "/api/v1/sign-in/confirm", opt={"who": "anyone"}, status_code=201, summary="Sign in with the mailed code"
)
async def confirm(
    data: JSONBody[SignIn],
    request: Asked,
    house: NamedDependency[House],
    idempotency_key: IdempotencyKey = None,
) -> Response[Body]:
    """`people`, and nobody is signed in, where several share the address: ask again with `personId`. As at enrolment, the
    same request with the same Idempotency-Key may be repeated for 10 minutes. Five guesses at a code, and it is dead.
    """
    now, vault = house.clock(), house.keys.vault
    confirming.read_code(data.code)
    guess = Guess(data.email, data.code, data.device_name, data.person_id, idempotency_key)
    async with house.db.write() as session:
        spent = await confirming.spend(session, vault, data.email, "sign-in", now)
    async with house.db.write() as session:
        came = await confirming.sign_in(session, vault, guess, spent, now)
        if isinstance(came, Choice):
            people = [{"id": id, "name": name} for id, name in came.people]
            return Response({"people": people}, status_code=200, headers=NO_STORE)
        person = await session.get_one(Person, (came.tenant, came.person))
    return welcome(house, request, came, person.name, data.device_name)


@get("/api/v1/me/mail", opt=ENROLLED, summary="Whether mail comes to me")
async def my_mail(request: Asked, house: NamedDependency[House]) -> Body:
    """`state`: `none`, `live`, `stopped` (by its reader: `PUT /me/preferences` with `{"channels": {"mail": true}}` brings
    it back), `failing` (it came back as one that nobody has), `resting` (full for a while). `topics`: stopped by a link.
    """
    async with reading(house, request) as (session, caller):
        own = await mailbox.own(session, caller.standing)
    return {"state": own.state, "topics": list(own.topics)}


@post("/api/v1/me/addresses", opt=ENROLLED, status_code=202, summary="A code to an address of one's own")
async def my_address(data: JSONBody[Mailbox], request: Asked, house: NamedDependency[House]) -> Body:
    now = house.clock()
    async with writing(house, request) as (session, caller):
        await asking.own_address(session, house.keys.vault, caller.standing, data.email, now)
    return {"sent": True}


@post("/api/v1/me/addresses/confirm", opt=ENROLLED, status_code=200, summary="The address is mine")
async def my_address_confirmed(
    data: JSONBody[Mailed], request: Asked, house: NamedDependency[House]
) -> dict[str, Any]:
    """Takes the place of the mailbox on file, and mail is switched on."""
    now, vault = house.clock(), house.keys.vault
    confirming.read_code(data.code)
    async with writing(house, request) as (session, _):
        spent = await confirming.spend(session, vault, data.email, "address", now)
    async with writing(house, request) as (session, caller):
        await confirming.own_address(session, vault, caller.standing, data.email, data.code, spent, now)
    return {"state": "live"}


router = Router(
    "/", route_handlers=[ask, confirm, my_mail, my_address, my_address_confirmed], tags=["devices"]
)
