"""A phone comes in with a ticket, looks at itself, and goes."""

from typing import Annotated, Any

from litestar import Request, Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.channels.push_hosts import check_keys
from notices.enrolment import carrying, devices, tickets
from notices.enrolment.devices import Enrolled
from notices.errors import FieldWrong
from notices.models import Address, City, Device, Person
from notices.privacy import consent
from notices.records.projection import membership
from notices.tokyo import wire
from notices.town import addresses, preferences
from server.edge.auth import Caller, cookie, reading, token_of, wants_cookie, writing
from server.edge.wire import Enrol, Subscription, an_id
from server.edge.wire_preferences import Preferences
from server.house import House

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
ENROLLED = {"who": "enrolled"}
IdempotencyKey = Annotated[
    str | None, HeaderParameter(name="Idempotency-Key", min_length=16, max_length=64, pattern="^[!-~]+$")
]
NO_STORE = {"Cache-Control": "no-store"}


@post("/api/v1/enrol", opt={"who": "anyone"}, summary="Enrol this device with a ticket")
async def enrol(
    data: JSONBody[Enrol],
    request: Asked,
    house: NamedDependency[House],
    idempotency_key: IdempotencyKey = None,
) -> Response[Body]:
    """`ticket`: the code of a QR ticket or slip; or `carryCode`: six digits from the device that moves here.

    `consent`: the version and language of the privacy text that stood beside the button.
    With an Idempotency-Key (16 to 64 random characters) the same request may be repeated for 10 minutes.
    """
    now = house.clock()
    if (data.ticket is None) == (data.carry_code is None):
        raise FieldWrong(field="ticket", why="give a ticket or a carryCode")
    knock = tickets.Knock(
        code=data.ticket or data.carry_code or "",
        device_name=data.device_name,
        device_key=data.device_key,
        caller=address_of(request),
        key=idempotency_key,
        carry=data.ticket is None,
    )
    async with house.db.write() as session:
        came = await tickets.redeem(session, house.keys.vault, house.guesses, knock, now)
        person = await session.get_one(Person, (came.tenant, came.person))
        if (said := data.consent) is not None:
            by = (came.tenant, came.person, said.version, said.locale, came.device)
            await consent.agree(session, *by, now)
    return welcome(house, request, came, person.name, data.device_name)


def welcome(house: House, request: Asked, came: Enrolled, name: str, device_name: str) -> Response[Body]:
    """The answer to a device that has come in, by whichever way."""
    body: Body = {
        "person": {"id": came.person, "name": name},
        "device": {"id": came.device, "name": device_name, "number": came.number},
    }
    if wants_cookie(request):
        return Response(body, status_code=201, headers=NO_STORE, cookies=[cookie(house, came.token)])
    return Response(body | {"token": came.token}, status_code=201, headers=NO_STORE)


@get("/api/v1/me", opt=ENROLLED, summary="Who this device belongs to")
async def me(request: Asked, house: NamedDependency[House]) -> Body:
    async with reading(house, request) as (session, caller):
        person = await session.get_one(Person, (caller.tenant, caller.person))
        device = await session.get_one(Device, (caller.tenant, caller.device))
        city = await session.get_one(City, caller.tenant)
        who = caller.standing
        stands = membership(who.person, who.name, who.homes, who.seats)
        return stands | {
            "person": {"id": person.id, "name": person.name, "locale": person.locale},
            "device": {"id": device.id, "name": device.name, "number": device.number},
            "city": {"name": city.name, "contact": city.contact, "demo": city.demo},
            "channels": await addresses.live_channels(session, who),
            "preferences": preferences.told(person),
            "undoSeconds": house.settings.undo_seconds,
        }


@put("/api/v1/me/preferences", opt=ENROLLED, summary="Language, topics, area, quiet hours, digest, channels")
async def prefer(data: JSONBody[Preferences], request: Asked, house: NamedDependency[House]) -> Body:
    """What is not named stays as it is. Preferences steer messages, never what is seen; an emergency heeds none."""
    now, wish = house.clock(), data.wish()
    async with writing(house, request) as (session, caller):
        told = await preferences.prefer(session, caller.standing, wish, now)
        return told | {"channels": await addresses.live_channels(session, caller.standing)}


@post("/api/v1/me/carry", opt=ENROLLED, summary="A code that moves this enrolment to the installed app")
async def carry(request: Asked, house: NamedDependency[House]) -> Response[Body]:
    """Once, within 24 h of the enrolment; the code lives 10 minutes."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        code = await carrying.carry_code(session, house.keys.vault, caller.tenant, caller.device, now)
    body = {"code": code.code, "expiresAt": wire(code.expires_at)}
    return Response(body, status_code=201, headers=NO_STORE)


@get("/api/v1/me/devices", opt=ENROLLED, summary="My devices")
async def my_devices(request: Asked, house: NamedDependency[House]) -> Body:
    async with reading(house, request) as (session, caller):
        query = select(Device).where(Device.tenant == caller.tenant, Device.person == caller.person)
        query = query.where(Device.revoked_at.is_(None)).order_by(Device.created_at)
        subscribed = await _subscribed(session, caller)
        return {
            "devices": [
                {
                    "id": device.id,
                    "name": device.name,
                    "number": device.number,
                    "createdAt": wire(device.created_at),
                    "seenAt": wire(device.seen_at),
                    "current": device.id == caller.device,
                    "push": device.id in subscribed,
                }
                for device in await session.scalars(query)
            ]
        }


@delete("/api/v1/me/devices/{device:str}", opt=ENROLLED, summary="Sign one of my devices out")
async def leave(device: FromPath[str], request: Asked, house: NamedDependency[House]) -> Response[None]:
    now = house.clock()
    token_of(house, request)
    async with writing(house, request) as (session, caller):
        await devices.leave(session, caller.tenant, caller.person, an_id(device, "device"), now)
        here = caller.device == device
    return Response(None, status_code=204, cookies=[cookie(house, "")] if here else [])


@get("/api/v1/push-key", opt={"who": "anyone"}, summary="The key to subscribe with (RFC 8292)")
async def push_key(house: NamedDependency[House]) -> dict[str, str]:
    return {"key": house.keys.push_key}


@put("/api/v1/me/push-subscription", opt=ENROLLED, summary="Where pushes for this device go")
async def subscribe(
    data: JSONBody[Subscription], request: Asked, house: NamedDependency[House]
) -> dict[str, str]:
    """Post it again at each start: services drop subscriptions without a word. What its person switched off stays `off`;
    one that its service has called dead stays `gone`: unsubscribe, and subscribe anew."""
    now = house.clock()
    lane = house.push_hosts.check(data.endpoint)
    check_keys(data.keys.p256dh, data.keys.auth)
    keys = {"p256dh": data.keys.p256dh, "auth": data.keys.auth}
    async with writing(house, request) as (session, caller):
        state = await addresses.subscribe(
            session, house.keys.vault, caller.standing, caller.device, lane, data.endpoint, keys, now
        )
    return {"state": state}


@delete("/api/v1/me/push-subscription", opt=ENROLLED, summary="No more pushes for this device")
async def unsubscribe(request: Asked, house: NamedDependency[House]) -> None:
    now = house.clock()
    async with writing(house, request) as (session, caller):
        await addresses.unsubscribe_push(session, caller.tenant, caller.device, now)


def address_of(request: Asked) -> str:
    """Where a guess comes from; of IPv6 the network, as one line owns all of it."""
    host = request.client.host if request.client else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host


async def _subscribed(session: AsyncSession, caller: Caller) -> set[str | None]:
    query = select(Address.device).where(
        Address.tenant == caller.tenant,
        Address.person == caller.person,
        Address.channel == "push",
        Address.state == "live",
    )
    return set((await session.scalars(query)).all())


router = Router(
    "/",
    route_handlers=[
        enrol,
        me,
        prefer,
        carry,
        my_devices,
        leave,
        push_key,
        subscribe,
        unsubscribe,
    ],
    tags=["devices"],
)
