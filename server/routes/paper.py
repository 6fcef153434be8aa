"""What goes from door to door: the walking list, the printed sheet, and the sheet that comes back."""

import secrets
from collections.abc import Collection
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import ChoiceUnknown, NotFound
from notices.ledger import reach, reach_csv, walking, whose
from notices.ledger.doors import doors
from notices.models import Notice, NoticeHousehold
from notices.privacy import looks
from notices.sheets import coming_back, printing
from server.edge.auth import Caller, reading, writing
from server.edge.tables import table
from server.edge.wire import an_id
from server.house import House

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
OFFICER_OR_LEADER = {"who": "officer-or-leader"}
ANY_SEAT = {"who": "any-seat"}


@get("/notices/{notice:str}/walking-list", opt=ANY_SEAT, summary="The doors left, in walking order")
async def walking_list(
    notice: FromPath[str], request: Asked, house: NamedDependency[House], block: FromQuery[str | None] = None
) -> Body:
    """Homes of a circular without a proof. Officers see every block, a block leader their own."""
    async with reading(house, request) as (session, caller):
        row, visible = await asked_of(session, caller, notice, block)
        blocks = await walking.doors_left(session, row, visible, whose.reader(caller.standing, row))
        left = sum(len(each["doors"]) for each in blocks)
        return {"notice": row.id, "title": row.title, "left": left, "blocks": blocks}


@get("/notices/{notice:str}/reach.csv", opt=ANY_SEAT, summary="The ledger as a spreadsheet")
async def spreadsheet(
    notice: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    block: FromQuery[str | None] = None,
    encoding: FromQuery[str] = "utf-8",
    per: FromQuery[str] = "home",
) -> Response[bytes]:
    """`per`: home, or block; of a notice that names nobody always block. `encoding`: utf-8 (with BOM) or cp932; what
    that does not hold becomes 〓, is told in the last line, and in X-Replaced-Characters. With names it is a look at them.
    """
    if per not in ("home", "block"):
        raise ChoiceUnknown(field="per", choices="home, block")
    async with reading(house, request) as (session, caller):
        row, visible = await asked_of(session, caller, notice, block)
        lines = await reach.ledger(session, row, visible)
        reader = whose.reader(caller.standing, row)
        rows = await doors(session, row, visible, reader) if per == "home" else []
    await note_look(house, caller, row, {each["block"] for each in rows})
    made = reach_csv.per_home(lines, rows, encoding) if rows else reach_csv.per_block(lines, encoding)
    return table(made, "reach.csv")


async def note_look(house: House, caller: Caller, notice: Notice, blocks: Collection[str]) -> None:
    """Before names of homes are given out: whoever lives there can read that they were."""
    if blocks:
        async with house.db.write() as session:
            await looks.given(session, caller.standing, notice, blocks, house.clock())
        house.wake.now()


@get("/notices/{notice:str}/sheet", opt=OFFICER_OR_LEADER, summary="Whom a sheet would be printed for now")
async def sheet(
    notice: FromPath[str], request: Asked, house: NamedDependency[House], block: FromQuery[str | None] = None
) -> Body:
    """Homes on paper without a proof, per block in walking order, as of now; a print is made by POST."""
    async with reading(house, request) as (session, caller):
        row, visible = await asked_of(session, caller, notice, block)
        lines = await printing.on_paper(session, row, visible)
        return {
            "notice": row.id,
            "blocks": [
                {
                    "block": each.block,
                    "name": each.name,
                    "homes": [
                        {"household": home.household, "name": home.name, "walk": home.walk}
                        for home in each.homes
                    ],
                }
                for each in lines
            ],
        }


@post("/notices/{notice:str}/sheet", opt=OFFICER_OR_LEADER, status_code=200, summary="Print sheets")
async def print_sheet(
    notice: FromPath[str], request: Asked, house: NamedDependency[House], block: FromQuery[str | None] = None
) -> Response[Body]:
    """A print per block, with its number, its code and an address for its QR. Where the newest print still says the
    same it is that one again. 409 `nobody-on-paper` where there is none to print for.
    """
    now = house.clock()
    async with writing(house, request) as (session, caller):
        row, visible = await asked_of(session, caller, notice, block)
        made = await printing.make(session, caller.standing, row, visible, secrets.SystemRandom(), now)
    sheets = [each | {"url": f"{house.settings.origin}/back#{each['code']}"} for each in made]
    return Response({"sheets": sheets}, headers={"Cache-Control": "no-store"})


@get("/sheets/{code:str}", opt=OFFICER_OR_LEADER, summary="The sheet with this code")
async def returned(code: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """Its notice and homes, each with whether it is stamped already. What is ticked is then pushed as `visits`."""
    async with reading(house, request) as (session, caller):
        return await coming_back.find(session, caller.standing, code)


async def asked_of(
    session: AsyncSession, caller: Caller, id: str, block: str | None
) -> tuple[Notice, list[str] | None]:
    """The notice, and the blocks of its ledger that are the caller's to see; None is all of them.

    Raises NotFound where there are none.
    """
    row = await session.get(Notice, (caller.tenant, an_id(id, "notice")))
    if row is None or row.published_at is None:
        raise NotFound()
    visible = await whose.visible(session, caller.standing, row, block and an_id(block, "block"))
    homes = select(literal(1)).where(NoticeHousehold.tenant == row.tenant, NoticeHousehold.notice == row.id)
    if visible is not None:
        homes = homes.where(NoticeHousehold.block.in_(visible))
    if await session.scalar(homes.limit(1)) is None:
        raise NotFound()
    return row, visible


router = Router(
    "/api/v1", route_handlers=[walking_list, spreadsheet, sheet, print_sheet, returned], tags=["paper"]
)
