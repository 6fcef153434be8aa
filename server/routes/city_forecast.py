"""Whom the city would reach, before it sends: counts for its clerks."""

from typing import Any

from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from notices.approval.recipients import foresee
from notices.circulation import recipients
from notices.errors import NotAllowed, NotFound
from notices.planning import forecast
from server.edge.auth import reading
from server.house import House

Asked = Request[Any, Any, Any]


@get("/cities/{city:str}/forecast", opt={"who": "clerk"}, summary="Whom the city would reach now")
async def foreseen(
    city: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    urgency: FromQuery[str] = "emergency",
    association: FromQuery[list[str] | None] = None,
    district: FromQuery[list[str] | None] = None,
) -> dict[str, Any]:
    """Associations, homes and people; with `association` or `district`, each as often as there are, of those alone.
    `withChannel` + `paper` + `withoutChannel` = `households`. `scarce`, where there is: a channel with fewer messages left this
    month than people who would hear by it; one with none left is no channel."""
    audience: dict[str, object] = {"associations": association} if association is not None else {}
    audience = {"districts": district} if district is not None else audience
    async with reading(house, request) as (session, caller):
        if not caller.standing.works_for_city:
            raise NotAllowed()
        if city != caller.city:
            raise NotFound()
        await recipients.insist(session, caller.tenant, audience)
        about = forecast.about(None, None, urgency, None)
        return await foresee(session, caller.tenant, audience, about, house.clock())


router = Router("/api/v1", route_handlers=[foreseen], tags=["operations"])
