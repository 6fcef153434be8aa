"""A page of what changed since the cursor that the phone presents, which also says what the phone holds.

This is what phones ask all day, so it speaks ASGI itself, and reads through `server/reading`: the framework's
request and response would take as long as the page.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from litestar import Litestar, asgi
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send

from server import snapshots
from server.acks import Holder
from server.auth import Caller, token_of
from server.compression import packed
from server.errors import MethodWrong
from server.house import House
from server.live.waiting import news_for
from server.reading import Cut
from server.reading.callers import Known, known
from server.routes.sync import schema
from server.routes.sync.ahead import insist_on_log
from server.routes.sync.asked import Asked, asked, describe
from sync.cursor import Signer
from sync.errors import Ahead
from sync.pull import Page, Reader, pull

HEADERS: Final = {"Cache-Control": "no-store"}
_PLAIN: Final = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
_JSON: Final = [*_PLAIN, (b"content-type", b"application/json"), (b"vary", b"accept-encoding")]
_ALLOWED: Final = [*_PLAIN, (b"allow", b"GET, OPTIONS")]
_SCHEMA: Final = schema.HEADER.encode()


@asgi("/pull", opt={"who": "enrolled"}, copy_scope=False)
async def pull_page(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    """See `describe`."""
    if scope["type"] != ScopeType.HTTP or scope["method"] != "GET":
        return await _not_get(scope, send)
    house: House = scope["litestar_app"].state["house"]
    headers = dict(scope["headers"])
    if _SCHEMA in headers:
        schema.insist(ASGIConnection(scope))
    wanted = asked(scope["query_string"])
    page = await _page_or_news(house, _token(house, scope, headers), wanted)
    if page.body is None:
        return await _answer(send, 204, [*_PLAIN, (b"x-sync-cursor", page.cursor.encode())], b"")
    body, coding = packed(page.body, headers.get(b"accept-encoding", b""))
    head = [*_JSON, (b"content-length", b"%d" % len(body))]
    if coding:
        head.append((b"content-encoding", coding))
    return await _answer(send, 200, head, body)


async def _page_or_news(house: House, token: str, wanted: Asked) -> Page:
    page, caller = await next_page(house, token, wanted)
    acknowledge(house, caller, page)
    if page.body is None and wanted.wait:
        async with news_for(house, caller) as news:
            page, _ = await next_page(house, token, wanted)
            if page.body is None and await news(wanted.wait):
                page, _ = await next_page(house, token, wanted)
    return page


async def next_page(house: House, token: str, wanted: Asked) -> tuple[Page, Caller]:
    """Of a cut that is no older than this call. Raises NotSignedIn, DeviceRevoked, SyncError, Busy."""
    page, who = await _read(house, token, wanted)
    if isinstance(page, Ahead):
        await insist_on_log(house, who.caller, signer(house), wanted.cursor or "", wanted.types)
        page, who = await _read(house, token, wanted)
    if isinstance(page, Ahead):
        raise page
    return page, who.caller


async def _read(house: House, token: str, wanted: Asked) -> tuple[Page | Ahead, Known]:
    now = house.clock()

    async def page(cut: Cut, who: Known) -> Page | Ahead:
        caller = who.caller
        try:
            return await pull(
                cut,
                house.db.cuts.tails,
                signer(house),
                Reader(caller.tenant, caller.person, caller.device),
                who.scopes,
                cursor=wanted.cursor,
                types=wanted.types,
                limit=wanted.limit,
                segments=snapshots.address(house, caller.tenant) if wanted.segments else None,
                unseal=house.keys.vault.open,
                now=now,
            )
        except Ahead as ahead:
            return ahead

    async def both(cut: Cut) -> tuple[Page | Ahead, Known]:
        who = await known(cut, house.keys, token, now)
        return await page(cut, who), who

    found, who = await house.db.cuts.read(both)
    house.acks.seen(who.caller.tenant, who.caller.device, who.seen_at, now)
    return found, who


def signer(house: House) -> Signer:
    return _signer(house.keys.cursor, schema.SCHEMA)


@cache
def _signer(key: bytes, schema: int) -> Signer:
    return Signer(key, schema)


def acknowledge(house: House, caller: Caller, page: Page) -> None:
    house.acks.note(Holder(caller.tenant, caller.device, caller.person), page.presented)


def _token(house: House, scope: Scope, headers: dict[bytes, bytes]) -> str:
    kind, _, token = headers.get(b"authorization", b"").partition(b" ")
    if kind == b"Bearer" and token:
        return token.decode("latin-1")
    return token_of(house, ASGIConnection(scope))


async def _not_get(scope: Scope, send: Send) -> None:
    if scope["type"] == ScopeType.HTTP and scope["method"] == "OPTIONS":
        return await _answer(send, 204, _ALLOWED, b"")
    raise MethodWrong()


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def document(app: Litestar) -> None:
    """An ASGI handler is not in the OpenAPI document by itself: the route of `describe` stands for it there."""
    silent = Litestar([describe], openapi_config=None, logging_config=None)
    plugin: Any = app.plugins.get("OpenAPIPlugin")
    for route in silent.routes:
        plugin.receive_route(route)
