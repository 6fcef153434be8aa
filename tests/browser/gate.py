"""What lies between a phone and the server, and what it can do to people: nothing, a portal, silence, a lost answer."""

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

PORTAL = "<!doctype html><title>Wi-Fi</title><p>ログインしてください</p>".encode()


@dataclass(frozen=True)
class Refusal:
    """Answered to every request below `path`: a problem, or the page of whatever stands before the server."""

    path: str
    status: int
    slug: str = ""
    detail: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    html: str = ""


@dataclass
class Gate:
    """An ASGI application around ours."""

    app: Any
    mood: Literal["open", "portal", "silent"] = "open"
    lose: str = ""
    """Path whose next answer is lost after the server has acted."""
    deaf_to: str = ""
    """Path that is never answered."""
    body_bytes: int = 0
    """That have gone to phones."""
    paths: list[str] = field(default_factory=list)
    """That phones have asked for."""
    refusal: Refusal | None = None
    """What is answered in place of the server."""
    small_pages: int = 0
    """Records on a page of sync, whatever a phone asks for."""
    pages: asyncio.Semaphore | None = None
    """Lets so many pages of sync through; each release one more."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def counted(message: Any) -> None:
            self.body_bytes += len(message.get("body", b""))
            await send(message)

        self.paths.append(scope["path"])
        if scope["path"] == "/sync/v1/pull":
            scope = await self._page(scope)
        if self.refusal is not None and scope["path"].startswith(self.refusal.path):
            await _refuse(counted, self.refusal)
        elif self.mood == "silent" or scope["path"] == self.deaf_to:
            await _until_gone(receive)
        elif self.mood == "portal":
            await _login_page(counted)
        elif self.lose and scope["path"] == self.lose:
            self.lose = ""
            await self.app(scope, receive, _nowhere)
            await _cut_off(counted)
        else:
            await self.app(scope, receive, counted)

    async def _page(self, scope: Any) -> Any:
        if self.pages is not None:
            await self.pages.acquire()
        if not self.small_pages:
            return scope
        query = re.sub(rb"limit=\d+", b"limit=%d" % self.small_pages, scope["query_string"])
        return {**scope, "query_string": query}


async def _refuse(send: Any, refusal: Refusal) -> None:
    body = {
        "type": f"/problems/{refusal.slug}",
        "slug": refusal.slug,
        "status": refusal.status,
        "detail": refusal.detail,
    }
    type_ = b"text/html" if refusal.html else b"application/problem+json"
    headers = [(b"content-type", type_), *refusal.headers]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": (refusal.html or json.dumps(body)).encode()})


async def _nowhere(message: Any) -> None:
    pass


async def _cut_off(send: Any) -> None:
    """Uvicorn closes the connection of an application that stops in the middle."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"400")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"person":', "more_body": True})


async def _until_gone(receive: Any) -> None:
    message = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()


async def _login_page(send: Any) -> None:
    headers = [(b"content-type", b"text/html; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": PORTAL})
