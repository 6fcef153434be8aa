"""What was written on this phone, each mutation once; the answer can carry the next page as well."""

from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency

from server.edge.auth import insist_on_our_page, token_of
from server.edge.errors import BodyTooLarge, BodyUnreadable
from server.house import House
from server.routes.sync import schema
from server.routes.sync.asked import Asked
from server.routes.sync.pulling import HEADERS, next_page
from server.syncing.intake import Intake, Letter
from sync.push import parse_mutations

LARGEST_PUSH = 256 * 1024


@post("/push", opt={"who": "enrolled"}, status_code=200, summary="What was written on this phone")
async def push_all(
    request: Request[Any, Any, Any], house: NamedDependency[House], intake: NamedDependency[Intake]
) -> Response[bytes]:
    """At most 100 mutations, each applied once; with `pull` the answer carries the next page as well."""
    schema.insist(request)
    payload = _decoded(await request.body())
    queue, wanted = parse_mutations(payload), _wanted_page(payload)
    insist_on_our_page(house, request)
    results = await intake(Letter(token_of(house, request), queue))
    answer = b'{"results":' + msgspec.json.encode(results)
    if wanted is not None:
        answer += b',"pull":' + await _next_page(request, house, *wanted)
    return Response(answer + b"}", media_type="application/json", headers=HEADERS)


async def _next_page(request: Request[Any, Any, Any], house: House, cursor: str | None, limit: int) -> bytes:
    page, who = await next_page(house, token_of(house, request), Asked(cursor or None, None, limit))
    house.acks.note(who.reader, page.presented)
    return page.body or msgspec.json.encode({"changes": [], "more": False, "cursor": page.cursor})


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
