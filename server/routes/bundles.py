"""What one phone carries for another that has no signal: docs/bundles.md."""

from typing import Any

from litestar import Request, Router, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from notices.bundles import envelope
from notices.bundles.bundle_errors import BundleTooLarge
from notices.enrolment import devices
from server.edge.auth import token_of, writing
from server.edge.wire import Wire
from server.house import House
from server.syncing import carried

Asked = Request[Any, Any, Any]
ENROLLED = {"who": "enrolled"}


class DeviceKey(Wire, kw_only=True, frozen=True):
    """P-256 public key, base64url, uncompressed."""

    device_key: str


@post("/bundles", opt=ENROLLED, status_code=200, summary="Hand in a neighbour's bundle")
async def hand_in(request: Asked, house: NamedDependency[House]) -> dict[str, Any]:
    """The body is one bundle as it is, application/octet-stream. `state`: taken, also where it comes once more; known (all of it
    had arrived by another way); again (a part could not be taken now: keep the bundle). A bundle that is refused did nothing.
    """
    token_of(house, request)
    raw = await request.body()
    if len(raw) > envelope.MOST:
        raise BundleTooLarge(most=envelope.MOST)
    bundle = envelope.read(raw)
    async with writing(house, request) as (session, caller):
        arrival = await carried.take(house, session, caller, bundle)
    return {"state": arrival.state, "presses": arrival.presses}


@put("/me/device-key", opt=ENROLLED, summary="The key by which this device signs bundles")
async def register(
    data: JSONBody[DeviceKey], request: Asked, house: NamedDependency[House]
) -> dict[str, str]:
    """Another key replaces it: bundles signed with the one before count no more. → what stands in a bundle's head, and for
    which key it is sealed.
    """
    now = house.clock()
    async with writing(house, request) as (session, caller):
        await devices.register_key(session, caller.tenant, caller.person, caller.device, data.device_key, now)
    return {"tenant": caller.tenant, "device": caller.device, "sealingKey": house.keys.bundle_key}


router = Router("/api/v1", route_handlers=[hand_in, register], tags=["bundles"])
