"""A push service as Firefox has it: the browser's line on one side (autopush's WebSocket, `push-notification`), the
application's address on the other (RFC 8030, with VAPID after RFC 8292 §4.2). What nobody could be given yet is kept.

Source: autopush-rs docs (http-endpoints, WebSocket protocol), and Firefox's PushServiceWebSocket.sys.mjs.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSMsgType, web

from server.sinks.vapid import BadToken, verified

DELIVERED = 100
"""How a browser acknowledges what it could decrypt and has given to the page's worker."""


@dataclass
class Channel:
    """One subscription."""

    id: str
    key: bytes
    """The only application server that may post here."""
    agent: "Agent"
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Pushes that were not acknowledged, by topic; oldest first."""


@dataclass
class Agent:
    """A browser, connected or not."""

    id: str
    line: web.WebSocketResponse | None = None
    channels: dict[str, Channel] = field(default_factory=dict)
    """By channel id."""


class PushService:
    """`await start()`, then `address` is for the browser and `origin` for KAIRAN_PUSH_HOSTS."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._runner: web.AppRunner | None = None
        self.origin = self.address = ""
        self.agents: dict[str, Agent] = {}
        self.endpoints: dict[str, Channel] = {}
        """By the last part of the endpoint's path."""
        self.answered: list[int] = []
        """Statuses that applications were given."""
        self.acknowledged: list[int] = []
        """Codes that browsers sent."""
        self.refuses: int | None = None
        """What every application is answered."""
        self.loses = False
        """Takes what comes, and brings it to nobody."""

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/", self._browser)
        app.router.add_post("/push/{path}", self._post)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host = f"127.0.0.1:{self._runner.addresses[0][1]}"
        self.origin, self.address = f"http://{host}", f"ws://{host}/"

    async def close(self) -> None:
        await self.hang_up()
        if self._runner is not None:
            await self._runner.cleanup()

    async def hang_up(self) -> None:
        """Closes every line; browsers call again."""
        for agent in list(self.agents.values()):
            if agent.line is not None:
                await agent.line.close()

    def drop(self) -> None:
        """Every subscription is at its end, and nobody tells the browser."""
        self.endpoints.clear()

    def forget(self) -> None:
        """As after a loss of its database: no browser is known, and each is given a new name when it calls."""
        self.drop()
        self.agents = {secrets.token_hex(): agent for agent in self.agents.values()}

    # ── The browser's side ───────────────────────────────────────────────────

    async def _browser(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse(protocols=["push-notification"])
        await line.prepare(request)
        agent = Agent("")
        async for message in line:
            if message.type is not WSMsgType.TEXT:
                continue
            said = json.loads(message.data)
            if said.get("messageType") == "hello":
                agent = await self._hello(line, said)
            else:
                await self._said(line, agent, said)
        if agent.line is line:
            agent.line = None
        return line

    async def _hello(self, line: web.WebSocketResponse, said: dict[str, Any]) -> Agent:
        known = self.agents.get(said.get("uaid") or "")
        agent = known or Agent(secrets.token_hex(16))
        self.agents[agent.id], agent.line = agent, line
        await line.send_json({"messageType": "hello", "status": 200, "uaid": agent.id, "use_webpush": True})
        for channel in agent.channels.values():
            for push in list(channel.waiting.values()):
                await line.send_json(push)
        return agent

    async def _said(self, line: web.WebSocketResponse, agent: Agent, said: dict[str, Any]) -> None:
        match said.get("messageType"):
            case None | "ping":  # {}
                await line.send_json(said)
            case "register":
                await self._register(line, agent, said)
            case "unregister":
                self._unregister(agent, said["channelID"])
                await line.send_json(_about(said, status=200))
            case "ack":
                self._acknowledge(agent, said["updates"])

    async def _register(self, line: web.WebSocketResponse, agent: Agent, said: dict[str, Any]) -> None:
        channel = Channel(said["channelID"], _bytes(said["key"]), agent)
        agent.channels[channel.id] = channel
        path = secrets.token_urlsafe(24)
        self.endpoints[path] = channel
        await line.send_json(_about(said, status=200, pushEndpoint=f"{self.origin}/push/{path}"))

    def _unregister(self, agent: Agent, channel: str) -> None:
        gone = agent.channels.pop(channel, None)
        self.endpoints = {path: kept for path, kept in self.endpoints.items() if kept is not gone}

    def _acknowledge(self, agent: Agent, updates: list[dict[str, Any]]) -> None:
        for update in updates:
            if channel := agent.channels.get(update["channelID"]):
                left = channel.waiting.items()
                channel.waiting = {
                    topic: push for topic, push in left if push["version"] != update["version"]
                }
            self.acknowledged.append(update["code"])

    # ── The application's side ───────────────────────────────────────────────

    async def _post(self, request: web.Request) -> web.Response:
        status = self.refuses or await self._taken(request)
        self.answered.append(status)
        return web.Response(
            status=status, headers={"Location": f"{self.origin}/message/{len(self.answered)}"}
        )

    async def _taken(self, request: web.Request) -> int:
        channel = self.endpoints.get(request.match_info["path"])
        if channel is None:
            return 410
        token, ttl = request.headers.get("Authorization", ""), request.headers.get("TTL", "")
        try:
            verified(token, audience=self.origin, now=self._now(), key=channel.key)
        except BadToken:
            return 403
        body = await request.read()
        if not ttl.isdigit() or (body and request.headers.get("Content-Encoding") != "aes128gcm"):
            return 400
        version = secrets.token_hex(8)
        await self._deliver(channel, body, version, request.headers.get("Topic") or version)
        return 201

    async def _deliver(self, channel: Channel, body: bytes, version: str, topic: str) -> None:
        """A push replaces the waiting one of its topic (RFC 8030 §5.4)."""
        if self.loses:
            return
        push: dict[str, Any] = {"messageType": "notification", "channelID": channel.id, "version": version}
        if body:
            data = urlsafe_b64encode(body).decode().rstrip("=")
            push |= {"data": data, "headers": {"encoding": "aes128gcm"}}
        channel.waiting[topic] = push
        if (line := channel.agent.line) is not None:
            await line.send_json(push)


def _about(said: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"messageType": said["messageType"], "channelID": said["channelID"], **more}


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
