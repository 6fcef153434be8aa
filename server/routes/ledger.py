"""The ledger of a notice over HTTP: whom it has reached, what was sent, and what was said at a door."""

from collections.abc import Mapping

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from notices import ids
from notices.errors import NotFound
from notices.ladder import lists
from notices.ledger import city, reach, receipts, report, whose
from notices.ledger.doors import doors
from notices.models import Notice
from notices.planning.finished import finished
from server.edge.auth import reading, writing
from server.edge.wire import NewVisit, an_id
from server.house import House
from server.routes.notices import ANY_SEAT, OFFICER_OR_CLERK, OFFICER_OR_LEADER, Asked, Body, own
from server.routes.paper import note_look


@get("/notices/{notice:str}/reach", opt=ANY_SEAT, summary="Whom a notice has reached")
async def reached(
    notice: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    block: FromQuery[str | None] = None,
    association: FromQuery[str | None] = None,
) -> Body:
    """The ledger. Officers see every block, a block leader their own; names only where the kind needs them. Of an alarm
    of the city a clerk sees `associations` in place of `blocks`, with `association` the blocks of one, and with `block`
    the homes of one: a look, which those who live there can read."""
    async with reading(house, request) as (session, caller):
        row = await session.get(Notice, (caller.tenant, an_id(notice, "notice")))
        if row is None or row.published_at is None:
            raise NotFound()
        blocks = await whose.visible(session, caller.standing, row, block and an_id(block, "block"))
        reader = whose.reader(caller.standing, row)
        # Of a city a line per association, then one per block of it, and homes block by block.
        in_counts = reader == "city" and blocks is None
        if in_counts and association is not None:
            blocks = await whose.blocks_of(session, row, an_id(association, "association"))
        rows = [] if in_counts else await doors(session, row, blocks, reader)
        answer = await _ledger(session, row, blocks, whole=in_counts and association is None)
    if reader == "city":
        # A phone of theirs holds no names, so that here and nowhere else they are given out.
        await note_look(house, caller, row, {each["block"] for each in rows})
    return answer | {"rows": rows}


async def _ledger(session: AsyncSession, row: Notice, blocks: list[str] | None, *, whole: bool) -> Body:
    """In counts; `whole`: of a city, by association. Raises NotFound where it went to none of these homes."""
    lines = await (city.by_its_associations(session, row) if whole else reach.ledger(session, row, blocks))
    if not lines:
        raise NotFound()
    return {
        "notice": row.id,
        "households": sum(line.households for line in lines),
        "grades": reach.total(lines),
        "paper": sum(line.paper for line in lines),
        **reach.proofs(lines),
        "finished": await finished(session, row.tenant, row.id),
        "ladder": await lists.counts(session, row, blocks),
        "associations" if whole else "blocks": [
            {
                "association" if whole else "block": line.block,
                "name": line.name,
                "households": line.households,
                "grades": line.grades,
                "paper": line.paper,
                **reach.proofs([line]),
            }
            for line in lines
        ],
    }


@get("/notices/{notice:str}/deliveries", opt=OFFICER_OR_CLERK, summary="What was sent, and what became of it")
async def deliveries(notice: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """A row per delivery with its state and reason; no address is shown. Of an alarm of the city in counts alone."""
    async with reading(house, request) as (session, caller):
        return await report.deliveries(session, await own(session, caller.standing, notice))


@post("/notices/{notice:str}/stamps", opt=OFFICER_OR_LEADER, summary="Record what a household said")
async def told_in_person(
    notice: FromPath[str], data: JSONBody[NewVisit], request: Asked, house: NamedDependency[House]
) -> Mapping[str, str]:
    """By officers and block leaders, for paper and in person: writes a visit, never the household's own stamp."""
    now, id = house.clock(), ids.new_id()
    call = receipts.Call(id, an_id(notice, "notice"), data.household_id, data.how, now, data.by)
    async with writing(house, request) as (session, caller):
        await receipts.visit(session, caller.standing, call, now)
        return {"visit": id}


router = Router("/api/v1", route_handlers=[reached, deliveries, told_in_person], tags=["notices"])
