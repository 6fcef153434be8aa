"""QR codes of our own links, drawn here so that no code on a slip ever goes to a stranger's service."""

import io
from typing import Any

import segno
from litestar import Request, Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from notices.errors import FieldWrong
from server.edge.auth import reading
from server.house import House

LONGEST = 300


@get("/api/v1/qr.svg", opt={"who": "enrolled"}, summary="A QR code of one of our links")
async def qr(
    text: FromQuery[str], request: Request[Any, Any, Any], house: NamedDependency[House]
) -> Response[bytes]:
    """SVG. `text` must begin with our own origin."""
    async with reading(house, request):
        pass
    if not text.startswith(house.settings.origin + "/") or len(text) > LONGEST:
        raise FieldWrong(field="text", why="it is not one of our links")
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=4, border=2, xmldecl=False)
    return Response(out.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


router = Router("/", route_handlers=[qr], tags=["people"])
