"""Safety checks over HTTP: the board as it is now, its spreadsheet, and its end. Answers come as mutations of phones."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from notices.alarm.kinds import SAFETY_CHECK
from notices.errors import NotFound
from notices.ledger import whose
from notices.models import Notice
from notices.publishing import publish
from notices.safety import boards, closing, homes_said, spreadsheet
from notices.safety.homes_said import Door
from notices.safety.safety_errors import NoSafetyAsked
from notices.tokyo import wire
from server.edge.auth import Caller, reading, writing
from server.edge.tables import table
from server.edge.wire import an_id
from server.house import House
from server.routes.notices import ANY_SEAT, OFFICER_OR_CLERK
from server.routes.paper import asked_of, note_look

Asked = Request[Any, Any, Any]
Body = dict[str, Any]


@get("/notices/{notice:str}/safety", opt=ANY_SEAT, summary="Who is safe, who needs help, who is missing")
async def board(
    notice: FromPath[str], request: Asked, house: NamedDependency[House], block: FromQuery[str | None] = None
) -> Body:
    """Officers see every block of theirs, a block leader the own one. The city sees `associations` as they were last
    counted (a second or two ago), and with `block` the homes of one. Homes are in walking order."""
    async with reading(house, request) as (session, caller):
        row, blocks = await _check(session, caller, notice, block)
        if blocks is None and whose.reader(caller.standing, row) == "city":
            return await boards.of_city(session, row)
        doors = await _doors(session, row, blocks)
        return {
            "notice": row.id,
            "closedAt": wire(row.closed_at),
            **boards.counts(doors),
            "rows": [homes_said.line(door) | {"block": door.row.block} for door in doors],
        }


@get("/notices/{notice:str}/safety.csv", opt=ANY_SEAT, summary="A safety check as a spreadsheet")
async def export(
    notice: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    block: FromQuery[str | None] = None,
    encoding: FromQuery[str] = "utf-8",
) -> Response[bytes]:
    """A line per person asked, who needs help first. `encoding`: utf-8 (with BOM) or cp932, as of reach.csv.
    It is a look at the names of all these homes."""
    async with reading(house, request) as (session, caller):
        row, blocks = await _check(session, caller, notice, block)
        doors = await _doors(session, row, blocks)
    await note_look(house, caller, row, {door.row.block for door in doors})
    made = spreadsheet.made(doors, encoding)
    return table(made, "safety.csv")


@post("/notices/{notice:str}/close", opt=OFFICER_OR_CLERK, status_code=200, summary="End a safety check")
async def close(notice: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """By its sender's officers or clerks. What is answered later is taken and marked late. 409 where it is no safety check."""
    async with writing(house, request) as (session, caller):
        row = await publish.find(session, caller.standing, an_id(notice, "notice"))
        await closing.close(session, caller.standing, row, house.clock())
        return {"notice": row.id, "closedAt": wire(row.closed_at)}


async def _check(
    session: AsyncSession, caller: Caller, id: str, block: str | None
) -> tuple[Notice, list[str] | None]:
    """Raises NotFound, NoSafetyAsked, NotAllowed."""
    row, blocks = await asked_of(session, caller, id, block)
    if row.kind != SAFETY_CHECK:
        raise NoSafetyAsked()
    return row, blocks


async def _doors(session: AsyncSession, row: Notice, blocks: list[str] | None) -> list[Door]:
    """Raises NotFound where the caller's blocks were not asked."""
    if not (doors := list(await homes_said.doors(session, row, blocks))):
        raise NotFound()
    return doors


router = Router("/api/v1", route_handlers=[board, export, close], tags=["alarms"])
