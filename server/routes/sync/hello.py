"""What a client asks first: whose session it has, the epoch, the limits, and which schema it must speak."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from server.edge.auth import reading
from server.house import House
from server.live.exchange import BEAT, LASTS
from server.live.waiting import LONGEST
from server.routes.sync import schema
from server.routes.sync.pushing import LARGEST_PUSH
from sync.delta import MAX_BYTES
from sync.manifest import MAX_WANTED
from sync.pull import MAX_LIMIT, epoch
from sync.push import MAX_MUTATIONS
from sync.segments import SMALLEST


@get("/hello", opt={"who": "enrolled"}, summary="Limits and the oldest schema a client may speak")
async def hello(request: Request[Any, Any, Any], house: NamedDependency[House]) -> dict[str, Any]:
    """Numbers of records, bytes and seconds. Answered to a client of any schema, so that it learns what is wrong.

    `segments`: how many records a scope has, at least, that is had in one piece by whoever asks `segments=1`.
    """
    async with reading(house, request) as (session, caller):
        known = await epoch(session, caller.tenant)
    return {
        "person": caller.person,
        "device": caller.device,
        "epoch": known,
        "schema": schema.SCHEMA,
        "minimumSchema": schema.MINIMUM,
        "limits": {
            "mutations": MAX_MUTATIONS,
            "pushBytes": LARGEST_PUSH,
            "page": MAX_LIMIT,
            "pageBytes": MAX_BYTES,
            "wanted": MAX_WANTED,
            "maxWait": LONGEST,
        },
        "live": {"keepAlive": BEAT, "lasts": LASTS[1]},
        "segments": SMALLEST,
    }
