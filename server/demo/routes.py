"""The demo's pages: a door for each role, the residents' phones, and what came out of the mail and push pipes."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from sqlalchemy import select

from notices.errors import KairanError, NotFound
from notices.models import Association, Device
from notices.tokyo import TOKYO
from server.demo import visitors
from server.demo.pages import page, style
from server.demo.residents import Residents
from server.demo.running import TENANT, Sinks
from server.demo.visitors import ROLES, Role
from server.edge.auth import Caller, cookie, identify
from server.house import House
from server.sinks.mail import Letterbox
from server.sinks.push import Received

Asked = Request[Any, Any, Any]
ANYONE: Final = {"who": "anyone"}
SHOWN: Final = 60
MAIL_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; frame-ancestors 'self'"
)


@dataclass(frozen=True)
class Stage:
    """What the pages show and move, beside the house."""

    sinks: Sinks
    residents: Residents


@get("/demo", opt=ANYONE)
async def door(
    request: Asked,
    house: NamedDependency[House],
    stage: NamedDependency[Stage],
    phones: FromQuery[int | None] = None,
    stamps: FromQuery[int] = 0,
) -> Response[str]:
    caller = await _caller(house, request)
    return page(
        "door.html",
        who=caller.standing.name if caller else None,
        titles=_titles(caller) if caller else "",
        roles=ROLES,
        association=await _name(house, await _association(house, caller)),
        mails=stage.sinks.mail.count,
        pushes=len(stage.sinks.push.received),
        phones=phones,
        stamps=stamps,
    )


@post("/demo/be/{role:str}", opt=ANYONE)
async def be(
    role: FromPath[str], house: NamedDependency[House], stage: NamedDependency[Stage]
) -> Response[Any]:
    """Enrols one more phone for a fitting person; this browser is that phone from now on."""
    wanted: Role | None = next((each for each in ROLES if each == role), None)
    if wanted is None:
        raise NotFound()
    came = await visitors.become(house, stage.sinks.push, wanted)
    house.wake.now()
    # `fresh`: the client asks who it is now, before it shows what it kept of somebody else.
    return Redirect(path="/?fresh=1", status_code=303, cookies=[cookie(house, came.token)])


@post("/demo/residents", opt=ANYONE)
async def move(request: Asked, house: NamedDependency[House], stage: NamedDependency[Stage]) -> Response[Any]:
    caller = await _caller(house, request)
    moved = await stage.residents.move(await _association(house, caller))
    house.wake.now()
    return Redirect(path=f"/demo?phones={moved.phones}&stamps={moved.stamps}#moved", status_code=303)


@get("/demo/mail", opt=ANYONE)
async def mails(stage: NamedDependency[Stage]) -> Response[str]:
    sink = stage.sinks.mail
    newest = range(sink.count, max(0, sink.count - SHOWN), -1)
    shown = [_mail_line(mail) for number in newest if (mail := sink.message(number)) is not None]
    return page("mails.html", mails=shown, count=sink.count)


@get("/demo/mail/{id:int}", opt=ANYONE)
async def mail(id: FromPath[int], stage: NamedDependency[Stage]) -> Response[str]:
    letter = _letter(stage, id)
    parsed = letter.parsed
    return page(
        "mail.html",
        **_mail_line(letter),
        text=letter.body("plain"),
        html=bool(letter.body("html")),
        headers=[(name, str(value)) for name, value in parsed.items()],
        raw=letter.raw.decode("utf-8", "replace"),
    )


@get("/demo/mail/{id:int}/html", opt=ANYONE)
async def mail_html(id: FromPath[int], stage: NamedDependency[Stage]) -> Response[str]:
    """The HTML part alone, for a frame that may do nothing; its links open beside it."""
    html = '<base target="_blank">' + _letter(stage, id).body("html")
    headers = {"Content-Security-Policy": MAIL_POLICY, "Cache-Control": "no-store"}
    headers |= {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    return Response(html, media_type="text/html", headers=headers)


@get("/demo/push", opt=ANYONE)
async def pushes(house: NamedDependency[House], stage: NamedDependency[Stage]) -> Response[str]:
    received = stage.sinks.push.received
    newest = received[: -SHOWN - 1 : -1]
    async with house.db.read() as session:
        query = select(Device.id, Device.name).where(
            Device.tenant == TENANT, Device.id.in_({each.name for each in newest})
        )
        names: dict[str, str] = dict((await session.execute(query)).all())
    shown = [_push_line(each, names.get(each.name, each.name)) for each in newest]
    return page("pushes.html", pushes=shown, count=len(received))


@get("/demo/demo.css", opt=ANYONE)
async def css() -> Response[bytes]:
    return Response(style(), media_type="text/css", headers={"Cache-Control": "no-cache"})


def router(stage: Stage) -> Router:
    def the_stage() -> Stage:
        return stage

    return Router(
        "/",
        route_handlers=[door, be, move, mails, mail, mail_html, pushes, css],
        dependencies={"stage": Provide(the_stage, sync_to_thread=False)},
        include_in_schema=False,
    )


async def _caller(house: House, request: Asked) -> Caller | None:
    """Who this browser is at the moment."""
    try:
        async with house.db.read() as session:
            return await identify(house, session, request)
    except KairanError:
        return None


async def _association(house: House, caller: Caller | None) -> str:
    if caller is not None and caller.standing.homes:
        return caller.standing.homes[0].association
    async with house.db.read() as session:
        return await visitors.first_association(session)


async def _name(house: House, association: str) -> str:
    async with house.db.read() as session:
        return (await session.get_one(Association, (TENANT, association))).name


def _titles(caller: Caller) -> str:
    return "・".join(held.title for held in caller.standing.seats) or "住民"


def _letter(stage: Stage, id: int) -> Letterbox:
    letter = stage.sinks.mail.message(id)
    if letter is None:
        raise NotFound()
    return letter


def _mail_line(mail: Letterbox) -> dict[str, Any]:
    parsed = mail.parsed
    at = mail.at.astimezone(TOKYO).strftime("%H:%M:%S")
    to = ", ".join(mail.recipients)
    return {"id": mail.id, "at": at, "to": to, "subject": str(parsed["Subject"] or ""), "size": len(mail.raw)}


def _push_line(received: Received, name: str) -> dict[str, Any]:
    message = received.message()
    shown = message.get("notification", {})
    return {
        "at": received.at.astimezone(TOKYO).strftime("%H:%M:%S"),
        "name": name,
        "title": shown.get("title", ""),
        "body": shown.get("body", ""),
        "size": len(received.payload),
        "headers": received.headers,
        "raw": received.payload.decode(),
    }
