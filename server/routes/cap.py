"""Alerts in CAP 1.2: ours for other machines, those of others for our clerks, and which of these go out by themselves."""

import asyncio
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import func, select

from notices.cap import feed, judging, outgoing, overview, rules, sources, taking
from notices.cap.cap_errors import CapCharset, CapSecretWrong
from notices.cap.reading import LARGEST, read
from notices.cap.writing import written
from notices.errors import NotAllowed, NotFound
from notices.models import CapAlert, City
from notices.passkeys import fresh
from server.edge.auth import Caller, reading, writing
from server.edge.wire import Wire, an_id
from server.edge.wire_circulars import ToAssociations
from server.house import House

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
ANYONE = {"who": "anyone"}
CLERK = {"who": "clerk"}
Text = Annotated[str, msgspec.Meta(max_length=255)]


class NewRule(Wire, kw_only=True, frozen=True):
    sender: Text
    event: Text
    urgency: Text
    severity: Text
    certainty: Text
    audience: ToAssociations | None = None
    """Without it, the whole city."""

    def said(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("sender", "event", *rules.GRADES)}

    def chosen(self) -> dict[str, object]:
        if self.audience is None:
            return {}
        lists = {"associations": self.audience.associations, "districts": self.audience.districts}
        return {name: each for name, each in lists.items() if each is not None}


class Switched(Wire, kw_only=True, frozen=True):
    active: bool


@get("/cap", opt=ANYONE, summary="Current alerts, as a feed")
async def current(
    request: Asked, house: NamedDependency[House], city: FromQuery[str] = ""
) -> Response[bytes]:
    """Atom: emergencies and exercises that stand, and for a day what ended one. `city`: of one city, by its short id."""
    origin = house.settings.origin
    async with house.db.read() as session:
        began = await session.scalar(select(func.min(City.created_at)))
        alerts = await outgoing.current(session, city or None, origin, house.clock())
    address = f"{origin}/api/v1/cap" + (f"?city={city}" if city.isalnum() and city.isascii() else "")
    return _answer(request, feed.feed_of(alerts, address, began or house.clock()), feed.MEDIA_TYPE)


@get("/cap/{alert:str}", opt=ANYONE, summary="One alert")
async def one(alert: FromPath[str], request: Asked, house: NamedDependency[House]) -> Response[bytes]:
    """CAP 1.2. 410 once it was withdrawn: `<id>.withdrawn` is then the Cancel."""
    async with house.db.read() as session:
        found = await outgoing.by_id(session, alert, house.settings.origin)
    return _answer(request, written(found), feed.ALERT_TYPE)


def _answer(request: Asked, body: bytes, media_type: str) -> Response[bytes]:
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    # Asked for again each time: an alert must not be a minute old.
    headers = {"Cache-Control": "no-cache", "ETag": etag}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type=f"{media_type}; charset=utf-8", headers=headers)


@post(
    "/cap",
    opt=ANYONE,
    status_code=201,
    request_max_body_size=LARGEST,
    summary="Bring an alert of somebody else",
)
async def bring(request: Asked, house: NamedDependency[House]) -> Response[Body]:
    """CAP 1.2 in UTF-8, `Authorization: Bearer <secret>` of `kairan cap allow`. It becomes a draft for the city's clerks, and
    goes out by itself only by a rule of the city. The same alert twice is one: 200."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise CapSecretWrong()
    async with house.db.read() as session:
        await sources.by_secret(session, secret.strip())
    charset = request.content_type[1].get("charset", "utf-8").lower()
    if charset not in ("utf-8", "us-ascii"):
        raise CapCharset()
    xml = await request.body()
    alert = await asyncio.to_thread(read, xml)
    async with house.db.write() as session:
        # Once more: the secret may have ended while the alert was read.
        source = await sources.by_secret(session, secret.strip())
        row, new = await taking.take(session, source, alert, xml, house.clock())
    house.wake.now()
    return Response(_told(row), status_code=201 if new else 200)


def _told(row: CapAlert) -> Body:
    sentence = judging.WHY[row.why] if row.why else None
    return {"alert": row.id, "became": row.became, "notice": row.notice, "why": row.why, "sentence": sentence}


@get("/cities/{city:str}/alerts", opt=CLERK, summary="Alerts that came in, and the rules for them")
async def came_in(city: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """The newest 100 and what became of each; who may bring some; which go out by themselves."""
    async with reading(house, request) as (session, caller):
        _insist(caller, city)
        return await overview.of(session, caller.tenant, caller.person)


@post("/cities/{city:str}/alerts/rules", opt=CLERK, summary="Write a rule for alerts")
async def write(
    city: FromPath[str], data: JSONBody[NewRule], request: Asked, house: NamedDependency[House]
) -> Body:
    """By a clerk. It does nothing until somebody else switches it on. Needs a fresh proof by a passkey."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        _insist(caller, city)
        await fresh.insist(session, caller.tenant, caller.device, now)
        row = await rules.write(session, caller.standing, data.said(), data.chosen(), now)
        return {"id": row.id, "active": row.active}


@put("/cities/{city:str}/alerts/rules/{rule:str}", opt=CLERK, summary="Switch a rule for alerts on or off")
async def switch(
    city: FromPath[str],
    rule: FromPath[str],
    data: JSONBody[Switched],
    request: Asked,
    house: NamedDependency[House],
) -> Body:
    """On: by somebody other than who wrote it, with a fresh proof by a passkey. Off: by anybody of the city, at once."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        _insist(caller, city)
        if data.active:
            await fresh.insist(session, caller.tenant, caller.device, now)
        row = await rules.switch(session, caller.standing, an_id(rule, "rule"), now, active=data.active)
        return {"id": row.id, "active": row.active}


@delete("/cities/{city:str}/alerts/rules/{rule:str}", opt=CLERK, summary="End a rule for alerts")
async def end(
    city: FromPath[str], rule: FromPath[str], request: Asked, house: NamedDependency[House]
) -> None:
    async with writing(house, request) as (session, caller):
        _insist(caller, city)
        await rules.end(session, caller.standing, an_id(rule, "rule"), house.clock())


def _insist(caller: Caller, city: str) -> None:
    """Raises NotAllowed for who does not work for the city, NotFound for another city."""
    if not caller.standing.works_for_city:
        raise NotAllowed()
    if an_id(city, "city") != caller.city:
        raise NotFound()


router = Router("/api/v1", route_handlers=[current, one, bring, came_in, write, switch, end], tags=["alerts"])
