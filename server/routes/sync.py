"""The sync protocol's edge. All it adds is who is asking; pages and results come ready from the library."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from server import mutations
from server.acks import Holder
from server.auth import Caller, reading, writing
from server.errors import BodyTooLarge, BodyUnreadable
from server.house import House
from sync.pull import Page, Reader, Signer, epoch, pull
from sync.push import parse_mutations, push

Asked = Request[Any, Any, Any]
ENROLLED = {"who": "enrolled"}
LARGEST_PUSH = 256 * 1024
HEADERS = {"Cache-Control": "no-store"}


@get("/pull", opt=ENROLLED, summary="A page of what changed")
async def pull_page(
    request: Asked,
    house: NamedDependency[House],
    cursor: FromQuery[str | None] = None,
    types: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 200,
) -> Response[Any]:
    """`changes`, `more`, `cursor`; 204 with X-Sync-Cursor when there is nothing new. Presenting a cursor acknowledges it."""
    async with reading(house, request) as (session, caller):
        page = await _page(session, house, caller, cursor, types.split(",") if types else None, limit)
    _acknowledge(house, caller, page)
    if page.body is None:
        return Response(None, status_code=204, headers=HEADERS | {"X-Sync-Cursor": page.cursor})
    return Response(page.body, media_type="application/json", headers=HEADERS)


@post("/push", opt=ENROLLED, status_code=200, summary="What was written on this phone")
async def push_all(request: Asked, house: NamedDependency[House]) -> Response[bytes]:
    """At most 100 mutations, each applied once; with `pull` the answer carries the next page as well."""
    payload = _decoded(await request.body())
    queue, wanted = parse_mutations(payload), _wanted_page(payload)
    now = house.clock()
    async with writing(house, request) as (session, caller):
        undo = timedelta(seconds=house.settings.undo_seconds)
        author = mutations.Author(caller.standing, caller.device, undo, now)
        results = await push(
            session,
            caller.tenant,
            caller.device,
            queue,
            mutations.HANDLERS,
            author,
            now,
            refuse=mutations.refuse,
            correct=mutations.correct,
        )
    answer = b'{"results":' + msgspec.json.encode(results)
    if wanted is not None:
        answer += b',"pull":' + await _next_page(request, house, *wanted)
    return Response(answer + b"}", media_type="application/json", headers=HEADERS)


@get("/hello", opt=ENROLLED, summary="Limits and the oldest schema a client may speak")
async def hello(request: Asked, house: NamedDependency[House]) -> dict[str, Any]:
    async with reading(house, request) as (session, caller):
        known = await epoch(session, caller.tenant)
    return {
        "epoch": known,
        "schema": 1,
        "minimumSchema": 1,
        "limits": {"mutations": 100, "pushBytes": LARGEST_PUSH, "page": 1000},
    }


async def _next_page(request: Asked, house: House, cursor: str | None, limit: int) -> bytes:
    async with reading(house, request) as (session, caller):
        page = await _page(session, house, caller, cursor, None, limit)
    _acknowledge(house, caller, page)
    return page.body or msgspec.json.encode({"changes": [], "more": False, "cursor": page.cursor})


async def _page(
    session: Any, house: House, caller: Caller, cursor: str | None, types: list[str] | None, limit: int
) -> Page:
    return await pull(
        session,
        Signer(house.keys.cursor),
        Reader(caller.tenant, caller.person, caller.device),
        caller.scopes,
        cursor=cursor or None,
        types=types,
        limit=limit,
        unseal=house.keys.vault.open,
        now=house.clock(),
    )


def _acknowledge(house: House, caller: Caller, page: Page) -> None:
    house.acks.note(Holder(caller.tenant, caller.device, caller.person), page.presented)


def _decoded(body: bytes) -> Any:
    if len(body) > LARGEST_PUSH:
        raise BodyTooLarge()
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BodyUnreadable(why=type(error).__name__) from None


def _wanted_page(payload: Any) -> tuple[str | None, int] | None:
    wanted = payload.get("pull") if isinstance(payload, dict) else None
    if wanted is None:
        return None
    if not isinstance(wanted, dict):
        raise BodyUnreadable(why="pull takes a cursor and a limit")
    cursor, limit = wanted.get("cursor"), wanted.get("limit", 200)
    if not isinstance(cursor, str | None) or not isinstance(limit, int):
        raise BodyUnreadable(why="pull takes a cursor and a limit")
    return cursor, limit


router = Router("/sync/v1", route_handlers=[pull_page, push_all, hello], tags=["sync"])
