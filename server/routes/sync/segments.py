"""A segment of the log: to whoever is in its scope, or was named it within the last minutes."""

import asyncio
import re
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from notices.errors import NotFound
from server.attachments import ranges
from server.edge.auth import reading, token_of
from server.edge.compression import packed
from server.edge.errors import NotSignedIn
from server.house import House
from server.routes.sync import schema
from server.syncing.snapshots import signed_for
from sync import snapshots

Asked = Request[Any, Any, Any]
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_TENANT: Final = re.compile(r"[a-z][a-z0-9]{1,7}")
HEADERS: Final = {"Cache-Control": "private, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


@get("/seg/{sha256:str}", opt={"who": "anyone"}, summary="A segment of a scope's snapshot")
async def segment(
    sha256: FromPath[str],
    request: Asked,
    house: NamedDependency[House],
    t: FromQuery[str] = "",
    e: FromQuery[int] = 0,
    m: FromQuery[str] = "",
) -> Response[bytes]:
    """`changes`, as on a page. With the session, or by the address a page named, which counts for 5 minutes.

    404 is also for one that is gone by now: pull without segments.
    """
    schema.insist(request)
    if not _HASH.fullmatch(sha256):
        raise NotFound()
    tenant = await _tenant(request, house, sha256, (t, e, m))
    # Weak, as the same content travels in several codings.
    headers = HEADERS | {"ETag": "W/" + ranges.etag(sha256)}
    known = ranges.Conditions(if_none_match=request.headers.get("if-none-match", ""))
    if ranges.wanted(known, ranges.etag(sha256), 0) == "nothing new":
        return Response(b"", status_code=304, headers=headers)
    try:
        body = await house.store.read(tenant, sha256)
    except FileNotFoundError:
        async with house.db.write() as session:
            await snapshots.withdraw(session, tenant, bytes.fromhex(sha256), house.clock())
        raise NotFound() from None
    accepted = request.headers.get("accept-encoding", "").encode("latin-1")
    body, coding = await asyncio.to_thread(packed, body, accepted)
    if coding:
        headers["Content-Encoding"] = coding.decode()
    return Response(body, media_type="application/json", headers=headers)


async def _tenant(request: Asked, house: House, sha256: str, signature: tuple[str, int, str]) -> str:
    """Whose segment it is. Raises NotFound; NotSignedIn, DeviceRevoked: who shows a session is judged by it first."""
    t, e, m = signature
    signed = bool(_TENANT.fullmatch(t)) and signed_for(house, t, sha256, e, m)
    try:
        token_of(house, request)
    except NotSignedIn:
        if signed:
            return t
        raise
    async with reading(house, request) as (session, caller):
        mine = signed and t == caller.tenant
        if mine or await snapshots.readable(session, caller.tenant, caller.scopes, bytes.fromhex(sha256)):
            return caller.tenant
    raise NotFound()
