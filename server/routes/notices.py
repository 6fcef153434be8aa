"""A notice over HTTP: written, sent, taken back, corrected, withdrawn."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec
from litestar import Request, Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.alarm import kinds
from notices.alarm.alarm_errors import KindUnsaid
from notices.circulation import following, forwarding, sending
from notices.errors import NotFound
from notices.finding import search
from notices.models import Notice
from notices.passkeys import fresh
from notices.planning import misgivings
from notices.publishing import amend, drafts, idempotency, life, publish, rewriting
from notices.publishing.compose import instant
from notices.publishing.hands import last_hand_on
from notices.town.standing import Standing
from server.edge.auth import Caller, reading, writing
from server.edge.repeats import IdempotencyKey, a_key, undo_of
from server.edge.wire import Correction, NewNotice, Wire, an_id
from server.house import House

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
OFFICER = {"who": "officer"}
OFFICER_OR_CLERK = {"who": "officer-or-clerk"}
OFFICER_OR_LEADER = {"who": "officer-or-leader"}
ANY_SEAT = {"who": "any-seat"}
"""An officer's, a block leader's, or one of the city."""


class Seen(Wire, frozen=True):
    base_revision: int | None = None


UNNAMED: Final = Seen()


@post("/associations/{association:str}/notices", opt=OFFICER, summary="Write a notice or circular")
async def write(
    association: FromPath[str],
    data: JSONBody[NewNotice],
    request: Asked,
    house: NamedDependency[House],
    idempotency_key: IdempotencyKey = None,
) -> Body:
    """Writes a draft, and with `publish` sends it: held for the time of undo, then out. Needs an Idempotency-Key."""
    key, now = a_key(idempotency_key), house.clock()
    draft, at = data.draft(), instant(data.publish_at, "publishAt")
    asked = sha256(association.encode() + b"\0" + msgspec.json.encode(data)).digest()
    async with writing(house, request) as (session, caller):
        id = data.id or ids.new_id()
        made = await idempotency.once(session, caller.tenant, caller.person, key, asked, id, now)
        if made is not None:
            return await drafts.told(session, await publish.find(session, caller.standing, made))
        notice = await publish.write(
            session,
            caller.standing,
            an_id(association, "association"),
            draft,
            now,
            id,
            announced=data.publish,
        )
        if data.publish:
            await publish.announce(session, caller.standing, notice, now, undo_of(house), at)
        return await drafts.told(session, notice)


@get("/associations/{association:str}/notices", opt=OFFICER, summary="An association's notices")
async def listed(
    association: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    q: FromQuery[str] = "",
    year: FromQuery[int | None] = None,
    month: FromQuery[int | None] = None,
) -> Body:
    """Drafts, held and published ones, newest first, at most 200. With `q`, `year` or `month` those that are found, at most 50
    and without their text: all words of `q` as pieces of title or text, whatever the kana; a `year` begins in April."""
    async with reading(house, request) as (session, caller):
        if not caller.standing.officer_of(association):
            raise NotFound()
        if q or year is not None or month is not None:
            return await search.search(session, caller.tenant, association, q, year, month)
        query = select(Notice).where(Notice.tenant == caller.tenant, Notice.association == association)
        rows = await session.scalars(query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(200))
        return {"notices": [await drafts.told(session, row, with_forecast=False) for row in rows.all()]}


@get("/notices/{notice:str}", opt=OFFICER_OR_CLERK, summary="One notice")
async def one(notice: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """As its officers see it; residents have it by sync. `lastHand`: which of them has last changed, sent, taken back or
    thrown it away, and when; null where nobody has lately."""
    now = house.clock()
    async with reading(house, request) as (session, caller):
        row = await own(session, caller.standing, notice)
        hand = await last_hand_on(session, row, caller.standing, now)
        return await drafts.told(session, row) | {"lastHand": hand}


@patch("/notices/{notice:str}", opt=OFFICER_OR_CLERK, summary="Correct a notice")
async def correct(
    notice: FromPath[str], data: JSONBody[Correction], request: Asked, house: NamedDependency[House]
) -> Body:
    """A new revision: silent on phones unless `resend`, stamps stand unless `askAgain`. A draft is rewritten,
    and may be for others: `audience`, of an association its blocks, of the city associations or districts."""
    now, changes = house.clock(), data.changes()
    async with writing(house, request) as (session, caller):
        row = await publish.find(session, caller.standing, an_id(notice, "notice"))
        await _proved(session, caller, row, now)
        await _room(row).correct(
            session,
            caller.standing,
            row,
            data.base_revision,
            changes,
            data.attached(),
            now,
            data.resend,
            data.ask_again,
            data.drop_answers,
        )
        return await drafts.told(session, row)


@post("/notices/{notice:str}/publish", opt=OFFICER_OR_CLERK, status_code=200, summary="Send a draft")
async def send(
    notice: FromPath[str], request: Asked, house: NamedDependency[House], data: JSONBody[Seen] = UNNAMED
) -> Body:
    """Pressing twice sends once: what is already held or out is answered as it is. `baseRevision`: of the draft that whoever
    presses has before them; 409 `revision-unseen` where it has been rewritten since, and nothing leaves."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        row = await publish.find(session, caller.standing, an_id(notice, "notice"))
        if row.kind in kinds.ALARMS:
            raise KindUnsaid(kind=row.kind)
        if not pressed_before(row):
            rewriting.insist_seen(row, data.base_revision)
            await _go(session, caller, row, now, undo_of(house))
        return await drafts.told(session, row)


@post(
    "/notices/{notice:str}/undo",
    opt=OFFICER_OR_CLERK,
    status_code=200,
    summary="Take back what is still held",
)
async def undo(notice: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """Back to a draft. 409 when it has left already: withdraw it then."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        row = await publish.find(session, caller.standing, an_id(notice, "notice"))
        return await _take_back(session, caller.standing, row, now)


@post("/notices/{notice:str}/withdraw", opt=OFFICER_OR_CLERK, status_code=200, summary="Withdraw a notice")
async def withdraw(notice: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """Off every phone at its next sync; what has not left yet does not leave."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        row = await publish.find(session, caller.standing, an_id(notice, "notice"))
        if row.circular is not None and life.may(row.state, "undo"):
            return await _take_back(session, caller.standing, row, now)
        if not life.stays(row.state, "withdraw"):
            await _proved(session, caller, row, now)
            await _room(row).withdraw(session, caller.standing, row, now)
        return await drafts.told(session, row)


@post(
    "/notices/{notice:str}/insist",
    opt=OFFICER_OR_CLERK,
    status_code=200,
    summary="Go on though it looks wrong",
)
async def insist(notice: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """Where `asks` says why sending has stopped: whoever speaks for it has looked, and it goes on. 409 where nothing is asked."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        row = await publish.find(session, caller.standing, an_id(notice, "notice"))
        await misgivings.insist(session, caller.standing, row, now)
        return await drafts.told(session, row)


def pressed_before(row: Notice) -> bool:
    """It goes out, or is out, as it is. Raises WrongState."""
    return life.stays(row.state, "ask" if row.association is None else "hold")


async def _take_back(session: AsyncSession, by: Standing, row: Notice, now: datetime) -> Body:
    """Before it has left. A circular's copy is then as if it had never been passed on."""
    await publish.undo(session, by, row, now)
    told = await drafts.told(session, row)
    if row.circular is not None:
        await forwarding.took_back(session, row, now)
    return told


async def _proved(session: AsyncSession, caller: Caller, notice: Notice, now: datetime) -> None:
    """What is with every home already is touched by who has just proved themselves. Raises PasskeyNeeded."""
    if notice.association is None and notice.state == "published":
        await fresh.insist(session, caller.tenant, caller.device, now)


async def _go(session: AsyncSession, caller: Caller, notice: Notice, now: datetime, undo: timedelta) -> None:
    """The press of the button, for an association or for the city, where a second person has theirs to come."""
    if notice.association is not None:
        await publish.announce(session, caller.standing, notice, now, undo, stood=True)
    else:
        await fresh.insist(session, caller.tenant, caller.device, now)
        await sending.ask(session, caller.standing, notice, now)


def _room(row: Notice) -> Any:
    """Where it is changed once it is out: a circular of the city is followed by its copies."""
    return following if row.association is None and row.kind not in kinds.ALARMS else amend


async def own(session: AsyncSession, by: Standing, id: str) -> Notice:
    row = await session.get(Notice, (by.tenant, an_id(id, "notice")))
    if row is None or not by.speaks_for(row.association):
        raise NotFound()
    return row


router = Router(
    "/api/v1",
    route_handlers=[
        write,
        listed,
        one,
        correct,
        send,
        undo,
        withdraw,
        insist,
    ],
    tags=["notices"],
)
