"""How far circulars have come in a whole city: counts for its clerks."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from notices.errors import DateUnreadable, NotAllowed, NotFound
from notices.ledger import city, reach
from notices.ledger.reach import BlockLedger
from notices.tokyo import midnight, today
from server.edge.auth import reading
from server.house import House

Asked = Request[Any, Any, Any]


@get("/cities/{city_id:str}/reach", opt={"who": "clerk"}, summary="Whom a month's circulars have reached")
async def reached(
    city_id: FromPath[str], request: Asked, house: NamedDependency[House], month: FromQuery[str | None] = None
) -> dict[str, Any]:
    """For clerks and approvers: counts per association and for the city, of the circulars that went out in a month
    (`2026-11`; without it, this one). A home counts once for each; nobody is named.
    """
    first = _month(month) if month is not None else today(house.clock()).replace(day=1)
    since, until = midnight(first), midnight((first + timedelta(days=31)).replace(day=1))
    async with reading(house, request) as (session, caller):
        if not any(held.role in ("clerk", "approver") for held in caller.standing.seats):
            raise NotAllowed()
        if city_id != caller.city:
            raise NotFound()
        lines = await city.by_association(session, caller.tenant, since, until)
        of = await city.circulars(session, caller.tenant, since, until)
    return {
        "month": f"{first:%Y-%m}",
        "circulars": sum(of.values()),
        **_told(lines),
        "associations": [
            {
                "association": line.block,
                "name": line.name,
                "circulars": of.get(line.block, 0),
                **_told([line]),
            }
            for line in lines
        ],
    }


def _told(lines: Sequence[BlockLedger]) -> dict[str, Any]:
    grades = reach.total(lines)
    paper = sum(line.paper for line in lines)
    return {"households": sum(grades.values()), "grades": grades, "paper": paper, **reach.proofs(lines)}


def _month(text: str) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise DateUnreadable(field="month") from None
    if not 2000 <= found.year < 9999:
        raise DateUnreadable(field="month")
    return found


router = Router("/api/v1", route_handlers=[reached], tags=["operations"])
