"""Repair: what a scope holds by name and revision, and single records of it."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from notices.errors import NotFound
from server.edge.auth import Caller, reading
from server.house import House
from server.routes.sync import schema
from sync import manifest

Asked = Request[Any, Any, Any]


@get("/manifest", opt={"who": "enrolled"}, summary="Name and revision of all that a scope holds")
async def list_records(
    request: Asked,
    house: NamedDependency[House],
    which: Annotated[int, QueryParameter(name="scope", ge=0, le=2**63 - 1)],
) -> Response[bytes]:
    """`q`, `n`, `x` and `records`: [type, id, revision] each. 404 for a scope the caller is not in."""
    schema.insist(request)
    async with reading(house, request) as (session, caller):
        return _answer(await manifest.manifest(session, _asker(caller), which))


@post("/manifest", opt={"who": "enrolled"}, status_code=200, summary="Single records of a scope")
async def tell_records(request: Asked, house: NamedDependency[House]) -> Response[bytes]:
    """`want`: at most 200 [type, id]. The answer's `changes` may be fewer where they are large: ask for the rest again."""
    schema.insist(request)
    asked = manifest.parse(await request.body())
    async with reading(house, request) as (session, caller):
        told = await manifest.wanted(session, _asker(caller), asked, house.keys.vault.open)
    return _answer(told)


def _asker(caller: Caller) -> manifest.Asker:
    return manifest.Asker(caller.tenant, frozenset(caller.scopes))


def _answer(body: bytes | None) -> Response[bytes]:
    if body is None:
        raise NotFound()
    return Response(body, media_type="application/json")
