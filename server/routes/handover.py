"""Seats change hands: previewed, scheduled, taken back."""

from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from notices.errors import DateUnreadable
from notices.handover import holding, scheduling
from notices.handover.proposal import Wish
from server.edge.auth import reading, writing
from server.edge.wire import Id, Wire, an_id
from server.house import House

Asked = Request[Any, Any, Any]
Body = dict[str, Any]
OFFICER = {"who": "officer"}


class SeatChange(Wire, kw_only=True, frozen=True):
    seat: Id
    people: list[Id]
    """All who hold it from that day on; who is not among them leaves."""


class NewHandover(Wire, kw_only=True, frozen=True):
    id: Id | None = None
    begins: str
    """A day: `2027-04-01`."""
    overlap_weeks: int = 0
    seats: list[SeatChange]

    def wish(self) -> Wish:
        """Raises DateUnreadable."""
        try:
            begins = date.fromisoformat(self.begins)
        except ValueError:
            raise DateUnreadable(field="begins") from None
        return Wish(begins, self.overlap_weeks, [(each.seat, each.people) for each in self.seats])


@get(
    "/associations/{association:str}/handover",
    opt=OFFICER,
    summary="Who holds which seat, and what is to come",
)
async def stands(association: FromPath[str], request: Asked, house: NamedDependency[House]) -> Body:
    """`seats` with their holders; `officers`, below two a standing warning; `handover`, where one is scheduled."""
    async with reading(house, request) as (session, caller):
        place = an_id(association, "association")
        return await holding.stands(session, caller.standing, place, house.clock())


@post("/associations/{association:str}/handover", opt=OFFICER, summary="Schedule a handover of seats")
async def schedule(
    association: FromPath[str],
    data: JSONBody[NewHandover],
    request: Asked,
    house: NamedDependency[House],
    dry_run: Annotated[bool, QueryParameter(name="dryRun")] = False,
) -> Response[Body]:
    """All seats in one transaction, for a day; until that day it can be cancelled. `dryRun` tells what would change."""
    now, wish, vault = house.clock(), data.wish(), house.keys.vault
    place = an_id(association, "association")
    if dry_run:
        async with reading(house, request) as (session, caller):
            told = await scheduling.foresee(session, caller.standing, place, wish, now)
        return Response(told, status_code=200)
    async with writing(house, request) as (session, caller):
        by = caller.standing
        return Response(
            await scheduling.schedule(session, vault, by, place, wish, data.id, now), status_code=201
        )


@delete(
    "/associations/{association:str}/handover", opt=OFFICER, summary="Cancel the handover that is to come"
)
async def cancel(association: FromPath[str], request: Asked, house: NamedDependency[House]) -> None:
    """Seats and terms are as if it had never been scheduled. 409 once its day has come."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        place = an_id(association, "association")
        await scheduling.cancel(session, house.keys.vault, caller.standing, place, now)


router = Router("/api/v1", route_handlers=[stands, schedule, cancel], tags=["handover"])
