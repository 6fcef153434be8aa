"""Emergencies, exercises and safety checks over HTTP: sent by saying what they are."""

from typing import Any, Literal

from litestar import Request, Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from notices.alarm import sending
from notices.passkeys import fresh
from notices.publishing import drafts, publish
from server.edge.auth import writing
from server.edge.repeats import undo_of
from server.edge.wire import Wire, an_id
from server.house import House
from server.routes.notices import OFFICER_OR_CLERK, OUT

Asked = Request[Any, Any, Any]
Body = dict[str, Any]


class Meant(Wire, kw_only=True, frozen=True):
    kind: Literal["emergency", "exercise", "safety-check"]


@post("/notices/{notice:str}/send", opt=OFFICER_OR_CLERK, status_code=200, summary="Send what was prepared")
async def send(
    notice: FromPath[str], data: JSONBody[Meant], request: Asked, house: NamedDependency[House]
) -> Body:
    """A draft of an emergency, exercise or safety check, by the button of its own kind; another's is 409 `another-kind`.
    An association's is out at once. The city's needs a fresh proof and waits for a second person. Twice sends once."""
    now = house.clock()
    async with writing(house, request) as (session, caller):
        row = await publish.find(session, caller.standing, an_id(notice, "notice"))
        sending.insist_on_kind(row, data.kind)
        if row.state in OUT:
            return await drafts.told(session, row)
        if row.association is not None:
            await publish.announce(session, caller.standing, row, now, undo_of(house))
        else:
            await fresh.insist(session, caller.tenant, caller.device, now)
            await sending.ask(session, caller.standing, row, now)
        return await drafts.told(session, row)


router = Router("/api/v1", route_handlers=[send], tags=["notices"])
