"""A page of what changed since the cursor that the phone presents, which also says what the phone holds.

This is what phones ask all day, so it speaks ASGI itself, and reads through `server/reading`: the framework's
request and response would take as long as the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import msgspec
from litestar import asgi
from litestar.connection import ASGIConnection
from litestar.types import Receive, Scope, Send

from server.edge.compression import packed
from server.edge.one_write import respond
from server.house import House
from server.live.waiting import news_for
from server.reading import Cut, Work
from server.reading.callers import Known, known, learn_all, recall
from server.routes.sync import past, schema
from server.routes.sync.ahead import insist_on_log
from server.routes.sync.asked import Asked, asked
from server.syncing import snapshots
from sync import ScopeKey
from sync.cursor import Signer
from sync.errors import Ahead
from sync.log import read_heads
from sync.pull import Page, pull

_JSON: Final = [*past.JSON, (b"vary", b"accept-encoding")]
_SCHEMA: Final = schema.HEADER.encode()


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """See `describe`."""
    if await past.refused(scope, send, "GET"):
        return None
    house: House = scope["litestar_app"].state["house"]
    headers = dict(scope["headers"])
    if _SCHEMA in headers:
        schema.insist(ASGIConnection(scope))
    wanted, token = asked(scope["query_string"]), past.token(house, scope, headers)
    page, who = await next_page(house, token, wanted)
    house.acks.note(who.reader, page.presented)
    if page.body is None and wanted.wait:
        page = await _news(house, token, wanted, receive)
    if page.body is None:
        return await respond(send, 204, [*past.PLAIN, (b"x-sync-cursor", page.cursor.encode())], b"")
    body, coding = packed(page.body, headers.get(b"accept-encoding", b""))
    head = [*_JSON, (b"content-length", b"%d" % len(body))]
    if coding:
        head.append((b"content-encoding", coding))
    return await respond(send, 200, head, body)


pull_page = asgi("/pull", opt={"who": "enrolled", "takes": "GET"}, copy_scope=False)(answer)
PATH: Final = "/sync/v1/pull"
"""Under which most of them come, past the framework (server/edge/shortcut.py)."""


async def _news(house: House, token: str, wanted: Asked, receive: Receive) -> Page:
    async with news_for(house, token, receive) as news:
        page, _ = await next_page(house, token, wanted)
        if page.body is None and await news(wanted.wait):
            page, _ = await next_page(house, token, wanted)
    return page


async def next_page(house: House, token: str, wanted: Asked) -> tuple[Page, Known]:
    """Of a cut that is no older than this call. Raises NotSignedIn, DeviceRevoked, SyncError, Busy."""
    now = house.clock()
    page, who = await house.db.cuts.read(Pull(house, token, wanted, now))
    if isinstance(page, Ahead):
        await insist_on_log(house, who.caller, signer(house), wanted.cursor or "", wanted.types)
        now = house.clock()
        page, who = await house.db.cuts.read(Pull(house, token, wanted, now))
    house.acks.seen(who.reader.tenant, who.reader.device, who.seen_at, now)
    if isinstance(page, Ahead):
        raise page
    return page, who


class Pull(msgspec.Struct, frozen=True):
    """What is computed of a cut: who asks, and their page."""

    house: House
    token: str
    wanted: Asked
    now: datetime

    async def __call__(self, cut: Cut) -> tuple[Page | Ahead, Known]:
        who = await known(cut, self.house.keys, self.token, self.now)
        try:
            return await self._page(cut, who), who
        except Ahead as ahead:
            return ahead, who

    async def _page(self, cut: Cut, who: Known) -> Page:
        house, wanted = self.house, self.wanted
        return await pull(
            cut,
            house.db.cuts.tails,
            signer(house),
            who.reader,
            who.scopes,
            cursor=wanted.cursor,
            types=wanted.types,
            limit=wanted.limit,
            segments=snapshots.address(house, who.reader.tenant) if wanted.segments else None,
            unseal=house.keys.vault.open,
            now=self.now,
        )


async def prepare(cut: Cut, pulls: Sequence[Work[Any]]) -> None:
    """For all who share a cut at once: who they are, and how their scopes stand."""
    mine = [each for each in pulls if isinstance(each, Pull)]
    if not mine:
        return
    house, now = mine[0].house, mine[0].now
    await learn_all(cut, house.keys, [each.token for each in mine], now)
    scopes: dict[str, set[ScopeKey]] = {}
    for each in mine:
        if (who := recall(cut, each.token, now)) is not None:
            scopes.setdefault(who.caller.tenant, set()).update(who.scopes)
    for tenant, wanted in scopes.items():
        if missing := [scope for scope in wanted if cut.recall((tenant, scope)) is None]:
            await read_heads(cut, tenant, missing)


def signer(house: House) -> Signer:
    return _signer(house.keys.cursor, schema.SCHEMA)


@cache
def _signer(key: bytes, schema: int) -> Signer:
    return Signer(key, schema)
