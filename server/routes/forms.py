"""How the form of a notice stands: for officers and leaders, as a spreadsheet, and of the whole city."""

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from notices.errors import NotFound
from notices.forms import form_csv, of_the_city, results, shape
from notices.ledger import whose
from notices.models import Notice
from notices.privacy import naming
from notices.privacy.naming import Reader
from server.edge.auth import Caller, reading
from server.edge.tables import table
from server.edge.wire import an_id
from server.house import House
from server.routes.notices import OFFICER, OFFICER_OR_LEADER, Asked, Body, own

CLERK = {"who": "clerk"}


@get("/notices/{notice:str}/form", opt=OFFICER_OR_LEADER, summary="How the form of a notice stands")
async def stands(notice: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """The sums, for officers; who has answered, for leaders in their block; who answered what only for officers, and of a
    secret form for nobody. Of a secret form there are no sums until it is closed."""
    now = house.clock()
    async with reading(house, request) as (session, caller):
        row = await _with_form(session, caller, notice)
        blocks = await whose.visible(session, caller.standing, row, None)
        reader: Reader = "officer" if caller.standing.officer_of(row.association) else "leader"
        rows = await results.answers(session, row, reader, blocks)
        if reader == "leader":
            if not rows:
                raise NotFound()
            return {"notice": row.id, "title": row.title, "form": row.form, "rows": rows}
        return await results.told(session, row, now) | {"rows": rows}


@get("/notices/{notice:str}/form.csv", opt=OFFICER, summary="The answers as a spreadsheet")
async def spreadsheet(
    notice: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    encoding: FromQuery[str] = "utf-8",
    per: FromQuery[str] = "answer",
) -> Response[bytes]:
    """`per`: answer, with names; or sum. Of a secret form always the sums. `encoding`: utf-8 (with BOM) or cp932."""
    now = house.clock()
    async with reading(house, request) as (session, caller):
        row = await own(session, caller.standing, notice)
        if row.form is None or row.published_at is None or row.association is None:
            raise NotFound()
        form = shape.of_json(row.form)
        named = per == "answer" and naming.names_answers("officer", secret=form.secret)
        rows = await results.answers(session, row, "officer") if named else []
        told = await results.told(session, row, now)
    made = (
        form_csv.per_answer(form, rows, encoding) if named else form_csv.sums(form, told["counts"], encoding)
    )
    return table(made, "answers.csv")


@get("/notices/{notice:str}/form/city", opt=CLERK, summary="How a form of the city stands")
async def of_all(notice: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """The sums over all associations that have passed it on; nobody is named."""
    now = house.clock()
    async with reading(house, request) as (session, caller):
        row = await session.get(Notice, (caller.tenant, an_id(notice, "notice")))
        if row is None or row.association is not None or row.form is None or caller.standing.clerk is None:
            raise NotFound()
        return await of_the_city.told(session, row, now)


async def _with_form(session: AsyncSession, caller: Caller, id: str) -> Notice:
    row = await session.get(Notice, (caller.tenant, an_id(id, "notice")))
    if row is None or row.form is None or row.published_at is None or row.association is None:
        raise NotFound()
    return row


router = Router("/api/v1", route_handlers=[stands, spreadsheet, of_all], tags=["forms"])
