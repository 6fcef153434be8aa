"""What is known of me, for me; and how it goes."""

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency

from notices.privacy import export
from server.edge.auth import reading
from server.house import House

Asked = Request[Any, Any, Any]
ENROLLED = {"who": "enrolled"}
FILE = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="kairan-my-data.json"'}


@get("/me/export", opt=ENROLLED, summary="All that is stored of me")
async def exported(request: Asked, house: NamedDependency[House]) -> Response[bytes]:
    """JSON with names and titles instead of ids, addresses opened; the form is in docs/export.md."""
    async with reading(house, request) as (session, caller):
        by = (caller.tenant, caller.person, house.clock())
        body = await export.of_person(session, house.keys.vault, *by)
    return Response(export.as_text(body).encode(), media_type="application/json", headers=FILE)


router = Router("/api/v1", route_handlers=[exported], tags=["privacy"])
