"""A phone that loses the network, repeats itself and restarts: the protocol as another client would write it.

It knows the wire and nothing else of ours. What it holds is what a store on a phone holds: records, a cursor,
an outbox. Answers can be dropped after the server has acted, which is what a tunnel does.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp

from notices.ids import new_id

MUTATIONS = 100
"""Most in one push."""


class NoSignal(Exception):
    """The request did not arrive, or its answer did not."""


class Refusal(Exception):
    """The server said no; the message is its own sentence."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class Phone(ABC):
    def __init__(self, name: str) -> None:
        self.name = name
        self.records: dict[tuple[str, str], dict[str, Any]] = {}
        self.cursor = ""
        self.outbox: list[dict[str, Any]] = []
        self.person = ""
        self.device = ""
        self.online = True
        self.drop_answers = 0
        """How many answers get lost on the way back."""
        self.bytes_received = 0

    @abstractmethod
    async def send(
        self, method: str, path: str, json: Any = None, params: Mapping[str, str] | None = None
    ) -> Answer:
        """One request, under this phone's token once it has one."""

    @abstractmethod
    def sign_in(self, token: str) -> None: ...

    async def enrol(self, code: str) -> None:
        """Raises Refusal."""
        body = await self.call("POST", "/api/v1/enrol", 201, {"ticket": code, "deviceName": self.name})
        self.person, self.device = body["person"]["id"], body["device"]["id"]
        self.sign_in(body["token"])

    async def pull(self, limit: int = 200) -> int:
        """Everything there is, page by page; a page is applied whole or not at all. Returns how many changes."""
        changes = 0
        for _ in range(1_000):
            query = {"limit": str(limit)} | ({"cursor": self.cursor} if self.cursor else {})
            answer = await self.ask("GET", "/sync/v1/pull", params=query)
            if answer.status == 204:
                return changes
            if answer.status == 410:
                self._start_over()
                continue
            page = _insist(answer, 200)
            self._apply(page)
            changes += len(page["changes"])
            if not page["more"]:
                return changes
        raise Refusal("a quiet server must end")

    async def push(self) -> list[dict[str, Any]]:
        """The outbox in order; what is answered leaves it, what must come again stays."""
        results: list[dict[str, Any]] = []
        while self.outbox:
            sent = self.outbox[:MUTATIONS]
            answered = await self.call("POST", "/sync/v1/push", 200, {"mutations": sent})
            now = answered["results"]
            results += now
            again = {result["mid"] for result in now if result["status"] == "retry"}
            self.outbox = [each for each in sent if each["mid"] in again] + self.outbox[MUTATIONS:]
            if again:
                return results
        return results

    def stamp(self, notice: str, household: str, round: int = 1) -> str:
        """The press of the button; it leaves when there is a signal."""
        id = f"st.{notice}.{household}.{round}"
        data = {"notice": notice, "household": household, "round": round, "at": _now()}
        self.write("stamps", id, data)
        return id

    def visit(self, notice: str, household: str, kind: str) -> str:
        id = new_id()
        self.write("visits", id, {"notice": notice, "household": household, "kind": kind, "at": _now()})
        return id

    def write(self, type: str, id: str, data: Mapping[str, Any]) -> None:
        self.outbox.append({"mid": new_id(), "t": type, "id": id, "op": "put", "d": dict(data), "base": None})

    def take_back(self, visit: str) -> None:
        self.outbox.append({"mid": new_id(), "t": "visits", "id": visit, "op": "delete", "base": None})

    def all(self, type: str) -> list[dict[str, Any]]:
        return [body for (kind, _), body in self.records.items() if kind == type]

    def titles(self) -> set[str]:
        return {body["title"] for body in self.all("notices")}

    def home(self) -> str:
        household: str = self.all("memberships")[0]["homes"][0]["household"]
        return household

    def restart(self) -> None:
        """What is in memory is gone; what was stored stays. Here both are the same, and only the luck is lost."""
        self.drop_answers = 0
        self.online = True

    async def call(self, method: str, path: str, status: int, json: Any = None, **params: str) -> Any:
        """The body of the answer. Raises Refusal where it is another one, NoSignal where it got lost."""
        return _insist(await self.ask(method, path, json, params), status)

    async def ask(
        self, method: str, path: str, json: Any = None, params: Mapping[str, str] | None = None
    ) -> Answer:
        if not self.online:
            raise NoSignal()
        answer = await self.send(method, path, json, params)
        if self.drop_answers:
            self.drop_answers -= 1
            raise NoSignal()
        self.bytes_received += len(answer.content)
        return answer

    def _apply(self, page: Mapping[str, Any]) -> None:
        for change in page["changes"]:
            key = (change["t"], change["id"])
            if "x" in change:
                self.records.pop(key, None)
            else:
                self.records[key] = change["d"]
        self.cursor = page["cursor"]

    def _start_over(self) -> None:
        """A resync keeps what is yet to be sent."""
        self.records.clear()
        self.cursor = ""


class SocketPhone(Phone):
    """One that talks to `origin` over TCP. The session is shared by many phones and closed by who made it."""

    def __init__(self, http: aiohttp.ClientSession, origin: str, name: str, token: str = "") -> None:
        super().__init__(name)
        self._http, self._origin, self._token = http, origin, token

    def sign_in(self, token: str) -> None:
        self._token = token

    async def send(
        self, method: str, path: str, json: Any = None, params: Mapping[str, str] | None = None
    ) -> Answer:
        headers = {"Idempotency-Key": new_id()} if method == "POST" else {}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        asked = self._http.request(method, self._origin + path, json=json, params=params, headers=headers)
        try:
            async with asked as answer:
                return Answer(answer.status, await answer.read())
        except (aiohttp.ClientError, TimeoutError):
            raise NoSignal() from None


def _insist(answer: Answer, status: int) -> Any:
    if answer.status != status:
        raise Refusal(f"{answer.status}: {answer.content[:500].decode(errors='replace')}")
    return answer.json() if answer.content else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
