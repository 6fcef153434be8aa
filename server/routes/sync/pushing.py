"""What was written on this phone, each mutation once; the answer can carry the next page as well.

After an alarm every phone sends at once, so it speaks ASGI itself, as a pull does (docs/decisions/0044).
"""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from litestar import asgi, post
from litestar.connection import ASGIConnection
from litestar.params import JSONBody
from litestar.types import Receive, Scope, Send

from server.edge.auth import insist_on_our_page
from server.edge.errors import BodyUnreadable
from server.edge.one_write import respond
from server.edge.strict import insist_on_single_keys
from server.house import House
from server.routes.sync import past, schema
from server.routes.sync.asked import Asked
from server.routes.sync.pulling import next_page
from server.syncing import clocks
from server.syncing.intake import Intake, Letter
from sync.push import parse_mutations

LARGEST_PUSH = 256 * 1024


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """See `describe`."""
    if await past.refused(scope, send, "POST"):
        return
    state = scope["litestar_app"].state
    house: House = state["house"]
    intake: Intake = state["intake"]
    began = house.clock()
    request: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
    schema.insist(request)
    payload = _decoded(await past.whole(receive, LARGEST_PUSH))
    queue, wanted = parse_mutations(payload), _wanted_page(payload)
    ahead = _ahead(payload, began)
    insist_on_our_page(house, request)
    token = past.token(house, scope, dict(scope["headers"]))
    said = b'{"results":' + msgspec.json.encode(await intake(Letter(token, queue, ahead)))
    if wanted is not None:
        said += b',"pull":' + await _next_page(house, token, *wanted)
    said += b"}"
    await respond(send, 200, [*past.JSON, (b"content-length", b"%d" % len(said))], said)


push_all = asgi("/push", opt={"who": "enrolled", "takes": "POST"}, copy_scope=False)(answer)
PATH: Final = "/sync/v1/push"


@post(PATH, opt={"who": "enrolled"}, status_code=200, summary="What was written on this phone", tags=["sync"])
async def describe(data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """At most 100 mutations, each applied once; with `pull` the answer carries the next page as well. `now`: what the
    phone's clock shows as it sends, so that presses are read by ours.
    """
    raise NotImplementedError


async def _next_page(house: House, token: str, cursor: str | None, limit: int) -> bytes:
    page, who = await next_page(house, token, Asked(cursor or None, None, limit))
    house.acks.note(who.reader, page.presented)
    return page.body or msgspec.json.encode({"changes": [], "more": False, "cursor": page.cursor})


def _decoded(body: bytes) -> Any:
    insist_on_single_keys(body)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BodyUnreadable(why=type(error).__name__) from None


def _ahead(payload: dict[str, Any], began: datetime) -> timedelta:
    """Of the phone's clock before ours, where it says what it shows."""
    shown = payload.get("now")
    if shown is None:
        return timedelta()
    try:
        return clocks.ahead(clocks.shown(shown), began)
    except (ValueError, TypeError):
        raise BodyUnreadable(why="now is an instant with its offset, as 2026-11-22T09:10:00+09:00") from None


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
