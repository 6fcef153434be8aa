"""What lies between a phone and the server, and what it can do to people: nothing, a portal, silence, a lost answer."""

from dataclasses import dataclass
from typing import Any, Literal

PORTAL = "<!doctype html><title>Wi-Fi</title><p>ログインしてください</p>".encode()


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

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def counted(message: Any) -> None:
            self.body_bytes += len(message.get("body", b""))
            await send(message)

        if self.mood == "silent" or scope["path"] == self.deaf_to:
            await _until_gone(receive)
        elif self.mood == "portal":
            await _login_page(counted)
        elif self.lose and scope["path"] == self.lose:
            self.lose = ""
            await self.app(scope, receive, _nowhere)
            await _cut_off(counted)
        else:
            await self.app(scope, receive, counted)


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
