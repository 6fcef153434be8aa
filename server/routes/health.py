"""For whoever watches the house: is the process alive, can it work."""

from litestar import Response, Router, get
from litestar.di import NamedDependency
from sqlalchemy import text

from server.house import House

ANYONE = {"who": "anyone"}


@get("/health/live", opt=ANYONE, summary="The process answers")
async def live() -> dict[str, str]:
    return {"status": "live"}


@get("/health/ready", opt=ANYONE, summary="The database answers")
async def ready(house: NamedDependency[House]) -> Response[dict[str, str]]:
    async with house.db.read() as session:
        await session.execute(text("SELECT 1"))
    return Response({"status": "ready"}, headers={"Cache-Control": "no-store"})


router = Router("/", route_handlers=[live, ready], tags=["health"])
