"""A phone that loses the network, repeats itself and restarts: the protocol as another client would write it.

It knows the wire and nothing else of ours. What it holds is what a store on a phone holds: records, a cursor,
an outbox. Answers can be dropped after the server has acted, which is what a tunnel does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from notices.ids import new_id


class NoSignal(Exception):
    """The request did not arrive, or its answer did not."""


@dataclass
class Phone:
    http: httpx.AsyncClient
    name: str
    records: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    cursor: str = ""
    outbox: list[dict[str, Any]] = field(default_factory=list)
    person: str = ""
    device: str = ""
    online: bool = True
    drop_answers: int = 0
    """How many answers get lost on the way back."""
    bytes_received: int = 0

    async def enrol(self, code: str) -> None:
        answer = await self.http.post("/api/v1/enrol", json={"ticket": code, "deviceName": self.name})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        self.person, self.device = body["person"]["id"], body["device"]["id"]
        self.http.headers["Authorization"] = f"Bearer {body['token']}"

    async def pull(self, limit: int = 200) -> int:
        """Everything there is, page by page; a page is applied whole or not at all. Returns how many changes."""
        changes = 0
        for _ in range(1_000):
            query: dict[str, Any] = {"limit": limit} | ({"cursor": self.cursor} if self.cursor else {})
            answer = await self._ask("GET", "/sync/v1/pull", params=query)
            if answer.status_code == 204:
                return changes
            if answer.status_code == 410:
                self._start_over()
                continue
            assert answer.status_code == 200, answer.text
            page = answer.json()
            self._apply(page)
            changes += len(page["changes"])
            if not page["more"]:
                return changes
        raise AssertionError("a quiet server must end")

    async def push(self) -> list[dict[str, Any]]:
        """The outbox in order; what is answered leaves it, what must come again stays."""
        results: list[dict[str, Any]] = []
        while self.outbox:
            sent = self.outbox[:100]
            answer = await self._ask("POST", "/sync/v1/push", json={"mutations": sent})
            assert answer.status_code == 200, answer.text
            now = answer.json()["results"]
            results += now
            again = {result["mid"] for result in now if result["status"] == "retry"}
            self.outbox = [each for each in sent if each["mid"] in again] + self.outbox[100:]
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

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        if not self.online:
            raise NoSignal()
        answer = await self.http.request(method, path, **more)
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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
