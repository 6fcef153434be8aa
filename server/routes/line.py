"""LINE: a resident ties it to their notices; what people do at the official account comes in by its webhook.

The webhook is believed by its signature alone, over the bytes as they came. LINE brings some events twice and late;
linking.py is indifferent to both, so none is remembered.
"""

import hmac
import logging
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from notices.channels.line import LineChannel
from notices.enrolment.codes import read_carry_code
from notices.tokyo import wire
from notices.town import linking
from notices.town.people_errors import CodeRefused, LineNotOffered, TooManyTries
from notices.wording.line_replies import REPLIES
from server.canary import arriving
from server.edge.auth import reading, writing
from server.edge.errors import BodyUnreadable, LineSignatureWrong
from server.house import House

log = logging.getLogger("kairan.line")

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
ENROLLED = {"who": "enrolled"}


class Source(msgspec.Struct, rename="camel"):
    type: str = ""
    user_id: str = ""


class Said(msgspec.Struct):
    type: str = ""
    text: str = ""


class Delivered(msgspec.Struct, rename="camel"):
    is_redelivery: bool = False


class Event(msgspec.Struct, rename="camel"):
    """What we look at of an event; LINE adds fields when it likes."""

    type: str
    timestamp: int
    mode: str = "active"
    source: Source = msgspec.field(default_factory=Source)
    message: Said = msgspec.field(default_factory=Said)
    reply_token: str = ""
    delivery_context: Delivered = msgspec.field(default_factory=Delivered)

    @property
    def user(self) -> str | None:
        """Who, where it was said to the account alone. In a group others would read along."""
        ours = self.mode == "active" and self.source.type == "user"
        return self.source.user_id if ours and 10 < len(self.source.user_id) <= 64 else None


class Events(msgspec.Struct):
    events: list[msgspec.Raw] = []


@get("/api/v1/me/line", opt=ENROLLED, summary="Whether LINE is offered here, and tied to me")
async def mine(request: Asked, house: NamedDependency[House]) -> Body:
    """`state`: `none`, `live`, `off` (switched off), `blocked` (the account is blocked in LINE)."""
    async with reading(house, request) as (session, caller):
        state = await linking.state(session, caller.standing)
    account = house.settings.line_account or None
    return {"account": account, "state": state}


@post("/api/v1/me/line", opt=ENROLLED, summary="A code to send to the official account")
async def code(request: Asked, house: NamedDependency[House]) -> Response[Body]:
    """Six digits, good once and for 10 minutes. `link` opens LINE with the code written; it is still to be sent."""
    now = house.clock()
    account = house.settings.line_account
    async with writing(house, request) as (session, caller):
        if not account:
            raise LineNotOffered()
        made = await linking.new_code(session, house.keys.vault, caller.standing, now)
    link = f"https://line.me/R/oaMessage/{account.replace('@', '%40')}/?{made.code}"
    body = {"code": made.code, "expiresAt": wire(made.expires_at), "account": account, "link": link}
    return Response(body, status_code=201, headers={"Cache-Control": "no-store"})


@delete("/api/v1/me/line", opt=ENROLLED, summary="No more notices on LINE")
async def unlink(request: Asked, house: NamedDependency[House]) -> None:
    now = house.clock()
    async with writing(house, request) as (session, caller):
        await linking.unlink(session, caller.standing, now)


@post("/line/webhook", opt={"who": "anyone"}, status_code=200, summary="What happens at the official account")
async def webhook(request: Asked, house: NamedDependency[House]) -> Body:
    """From LINE. Anything but its signature over this very body: 401, and nothing is done."""
    secret = house.settings.line_channel_secret
    if not secret:
        raise LineNotOffered()
    body = await request.body()
    if not _signed(secret, body, request.headers.get("x-line-signature", "")):
        raise LineSignatureWrong()
    events = _events(body)
    if not events:
        await arriving.by_line(house)
    for event in events:
        await _take(house, event)
    return {}


def _signed(secret: str, body: bytes, signature: str) -> bool:
    expected = b64encode(hmac.digest(secret.encode(), body, sha256))
    return hmac.compare_digest(expected, signature.encode("utf-8", "replace"))


def _events(body: bytes) -> list[Event]:
    """Those we understand, in their order. Raises BodyUnreadable."""
    try:
        raws = msgspec.json.decode(body, type=Events).events
    except (msgspec.DecodeError, RecursionError):
        raise BodyUnreadable(why="it is not a list of events") from None
    events = []
    for raw in raws:
        try:
            events.append(msgspec.json.decode(raw, type=Event))
        except msgspec.DecodeError:
            log.info("an event of LINE was of a kind we do not know")
    return events


async def _take(house: House, event: Event) -> None:
    """Each in a transaction of its own: one that fails comes again, and the others are not held up."""
    if (user := event.user) is None:
        return
    try:
        async with house.db.write() as session:
            reply = await _done(session, house, user, event)
    except CodeRefused:
        # Brought once more: the first time it may well have been right.
        reply = None if event.delivery_context.is_redelivery else REPLIES["refused"]
    except TooManyTries as error:
        reply = REPLIES["tries"].format(minutes=error.facts["minutes"])
    channel = house.channels.get("line")
    if reply and event.reply_token and isinstance(channel, LineChannel):
        channel.reply_soon(event.reply_token, reply)


async def _done(session: AsyncSession, house: House, user: str, event: Event) -> str | None:
    """What was asked for; the reply, if any."""
    vault, at = house.keys.vault, _when(event, house.clock())
    match event.type:
        case "follow":
            back = await linking.followed(session, vault, user, at)
            return REPLIES["back" if back else "welcome"]
        case "unfollow":
            await linking.blocked(session, vault, user, at)
        case "message" if event.message.type == "text":
            typed = read_carry_code(event.message.text[:64])
            if typed is None:
                return REPLIES["how"]
            person = await linking.link(session, vault, house.guesses, user, typed, at, house.clock())
            return REPLIES["linked"].format(name=person.name)
    return None


def _when(event: Event, now: datetime) -> datetime:
    """By LINE's clock; but never in our future, where it would outlast what happens next."""
    seconds = min(max(event.timestamp / 1000, 0), now.timestamp())
    return datetime.fromtimestamp(seconds, UTC)


router = Router("/", route_handlers=[mine, code, unlink, webhook], tags=["line"])
