"""A page of what changed since the cursor that the phone presents, which also says what the phone holds."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from server.acks import Holder
from server.auth import Caller, reading
from server.house import House
from server.routes.sync import schema
from server.routes.sync.ahead import insist_on_log
from sync.errors import Ahead
from sync.pull import Page, Reader, Signer, pull

HEADERS = {"Cache-Control": "no-store"}


@get("/pull", opt={"who": "enrolled"}, summary="A page of what changed")
async def pull_page(
    request: Request[Any, Any, Any],
    house: NamedDependency[House],
    cursor: FromQuery[str | None] = None,
    types: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 200,
) -> Response[Any]:
    """`changes`, `more`, `cursor`; 204 with X-Sync-Cursor when there is nothing new. Presenting a cursor acknowledges it."""
    schema.insist(request)
    chosen = types.split(",") if types else None
    page, caller = await next_page(request, house, cursor, chosen, limit)
    acknowledge(house, caller, page)
    if page.body is None:
        return Response(None, status_code=204, headers=HEADERS | {"X-Sync-Cursor": page.cursor})
    return Response(page.body, media_type="application/json", headers=HEADERS)


async def next_page(
    request: Request[Any, Any, Any],
    house: House,
    cursor: str | None,
    types: list[str] | None,
    limit: int,
) -> tuple[Page, Caller]:
    try:
        async with reading(house, request) as (session, caller):
            return await page_for(session, house, caller, cursor, types, limit), caller
    except Ahead:
        await insist_on_log(house, caller, signer(house), cursor or "", types)
    async with reading(house, request) as (session, caller):
        return await page_for(session, house, caller, cursor, types, limit), caller


def signer(house: House) -> Signer:
    return Signer(house.keys.cursor, schema.SCHEMA)


async def page_for(
    session: AsyncSession,
    house: House,
    caller: Caller,
    cursor: str | None,
    types: list[str] | None,
    limit: int,
) -> Page:
    return await pull(
        session,
        signer(house),
        Reader(caller.tenant, caller.person, caller.device),
        caller.scopes,
        cursor=cursor or None,
        types=types,
        limit=limit,
        unseal=house.keys.vault.open,
        now=house.clock(),
    )


def acknowledge(house: House, caller: Caller, page: Page) -> None:
    house.acks.note(Holder(caller.tenant, caller.device, caller.person), page.presented)
