"""LINE's Messaging API as its reference describes it, on loopback: token, retry keys, limits, quota, who is a friend."""

import hmac
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from aiohttp import web

TOKEN = "token-of-the-channel"
SECRET = "secret-of-the-channel"
ACCOUNT = "@kairan-hana"

Instead = Callable[[web.Request], Awaitable[web.StreamResponse | None]]
"""Answers in place of the service; None: as usual."""

Webhook = Callable[[bytes, str], Awaitable[int]]
"""Is given a body and its signature; → the status it answers."""


def user(number: int) -> str:
    return f"U{number:032x}"


def signed(body: bytes, secret: str = SECRET) -> str:
    return b64encode(hmac.digest(secret.encode(), body, sha256)).decode()


def event(kind: str, number: int, at: int, **more: Any) -> dict[str, Any]:
    """As LINE sends it. `at`: milliseconds."""
    return {
        "type": kind,
        "mode": "active",
        "timestamp": at,
        "source": {"type": "user", "userId": user(number)},
        "webhookEventId": f"01H{at}{number}",
        "deliveryContext": {"isRedelivery": False},
    } | more


def said(text: str, number: int, at: int, **more: Any) -> dict[str, Any]:
    message = {"id": "1", "type": "text", "text": text}
    return event("message", number, at, message=message, replyToken=f"reply-{at}", **more)


def hook(*events: dict[str, Any]) -> bytes:
    return json.dumps({"destination": user(0), "events": list(events)}, ensure_ascii=False).encode()


@dataclass
class MessagingApi:
    """`got`: texts by user. `calls`: (path, recipients) of every call that was taken for what it is."""

    unknown: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    limit: int | None = None
    used: int = 0
    reserved: int = 0
    instead: Instead | None = None
    got: dict[str, list[str]] = field(default_factory=dict)
    calls: list[tuple[str, int]] = field(default_factory=list)
    replies: list[tuple[str, str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    webhook: Webhook | None = None
    """Ours, as it is entered in LINE's console."""
    origin: str = ""
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=2 * 1024 * 1024)
        app.router.add_post("/v2/bot/message/push", self._push)
        app.router.add_post("/v2/bot/message/multicast", self._multicast)
        app.router.add_post("/v2/bot/message/reply", self._reply)
        app.router.add_post("/v2/bot/channel/webhook/test", self._test_webhook)
        app.router.add_get("/v2/bot/message/quota", self._quota)
        app.router.add_get("/v2/bot/message/quota/consumption", self._consumption)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _push(self, request: web.Request) -> web.StreamResponse:
        return await self._take(request, lambda to: isinstance(to, str), lambda to: [to])

    async def _multicast(self, request: web.Request) -> web.StreamResponse:
        return await self._take(request, lambda to: isinstance(to, list), list)

    async def _take(
        self, request: web.Request, right: Callable[[Any], bool], each: Callable[[Any], list[str]]
    ) -> web.StreamResponse:
        if self.instead is not None and (answer := await self.instead(request)) is not None:
            return answer
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _no(401, "Authentication failed due to the following reason: invalid token.")
        body = await request.json()
        to = body["to"]
        users = each(to) if right(to) else []
        if not 0 < len(users) <= 500 or len(set(users)) < len(users):
            return _no(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
        texts = [message["text"] for message in body["messages"]]
        if wrong := _wrong_texts(texts):
            return wrong
        return self._accepted(request, users, texts)

    def _accepted(self, request: web.Request, users: list[str], texts: list[str]) -> web.StreamResponse:
        key = str(UUID(request.headers["X-Line-Retry-Key"]))
        if key in self.keys:
            return _no(409, "The retry key is already accepted")
        if self.unknown & set(users):
            return _no(400, "Failed to send messages")
        if self.limit is not None and self.used + self.reserved + len(users) > self.limit:
            return _no(429, "You have reached your monthly limit.")
        self.keys.add(key)
        self.calls.append((request.path.rpartition("/")[2], len(users)))
        for each in set(users) - self.blocked:
            self.got.setdefault(each, []).extend(texts)
        self.used += len(set(users) - self.blocked)
        return web.json_response({"sentMessages": [{"id": str(len(self.keys)), "quoteToken": "q"}]})

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.replies.append((body["replyToken"], body["messages"][0]["text"]))
        return web.json_response({"sentMessages": [{"id": "1", "quoteToken": "q"}]})

    async def _test_webhook(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _no(401, "Authentication failed")
        if self.webhook is None:
            return _no(404, "Webhook endpoint not found")
        body = hook()
        status = await self.webhook(body, signed(body))
        said = {"success": status == 200, "timestamp": "2026-11-20T01:00:00.000Z", "statusCode": status}
        reason = "OK" if status == 200 else "ERROR_STATUS_CODE"
        return web.json_response(said | {"reason": reason, "detail": str(status)})

    async def _quota(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _no(401, "Authentication failed")
        if self.limit is None:
            return web.json_response({"type": "none"})
        return web.json_response({"type": "limited", "value": self.limit})

    async def _consumption(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"totalUsage": self.used})


def _wrong_texts(texts: list[str]) -> web.StreamResponse | None:
    for position, text in enumerate(texts):
        if not text or len(text.encode("utf-16-le")) // 2 > 5000:
            body = {
                "message": "The request body has 1 error(s)",
                "details": [{"message": "Size", "property": f"messages[{position}].text"}],
            }
            return web.json_response(body, status=400)
    return None


def _no(status: int, message: str) -> web.StreamResponse:
    return web.json_response({"message": message}, status=status)


def answering(status: int, message: str = "", **headers: str) -> Instead:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(
            {"message": message},
            status=status,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    return answer
