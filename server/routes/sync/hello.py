"""What a client asks first: whose session it has, the epoch, the limits, and which schema it must speak."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from server.auth import reading
from server.house import House
from server.routes.sync.pushing import LARGEST_PUSH
from sync.pull import MAX_LIMIT, epoch
from sync.push import MAX_MUTATIONS


@get("/hello", opt={"who": "enrolled"}, summary="Limits and the oldest schema a client may speak")
async def hello(request: Request[Any, Any, Any], house: NamedDependency[House]) -> dict[str, Any]:
    async with reading(house, request) as (session, caller):
        known = await epoch(session, caller.tenant)
    return {
        "person": caller.person,
        "device": caller.device,
        "epoch": known,
        "schema": 1,
        "minimumSchema": 1,
        "limits": {"mutations": MAX_MUTATIONS, "pushBytes": LARGEST_PUSH, "page": MAX_LIMIT},
    }
