"""The toy server as a process of its own: started, killed at a bad moment, started again in the same place."""

import json
from pathlib import Path
from typing import Any, cast

import httpx

from tests.forked import Forked


class ToyServer:
    def __init__(self, folder: Path, url: str = "") -> None:
        """`url`: the database's; without it an SQLite file in the folder."""
        self._folder, self._port = folder, 0
        self._database = url or f"sqlite+aiosqlite:///{folder / 'kairan.db'}"
        self._process: Forked | None = None
        self.start()

    def start(self) -> None:
        """Returns when it listens; always on the port of the first time."""
        arguments = (
            "--database-url",
            self._database,
            "--folder",
            str(self._folder),
            "--port",
            str(self._port),
            "--follow",
        )
        self._process = Forked("tests.laws.toyserver", *arguments)
        said = self._process.line()
        assert said, "the toy server says where it is"
        self.url = json.loads(said)["url"]
        self._port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """SIGKILL: nothing is said goodbye to."""
        assert self._process is not None
        self._process.kill()
        self._process.end()

    def revive(self) -> None:
        """After a test that failed between a kill and the start."""
        assert self._process is not None
        if self._process.returncode is not None:
            self.start()

    def control(self, route: str, **body: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/toy/{route}", json=body, timeout=30)
        assert answer.is_success, f"{route}: {answer.status_code} {answer.text}"
        return cast(dict[str, Any], answer.json())


class Town:
    """One city of the server, of which nobody else knows."""

    def __init__(self, server: ToyServer, tenant: str) -> None:
        self.server, self.tenant = server, tenant
        self.places = self.control("found")

    def control(self, route: str, **body: Any) -> dict[str, Any]:
        return self.server.control(route, tenant=self.tenant, **body)

    def scope(self, name: str) -> dict[str, str]:
        """Of the association by its slug, of a block by its name."""
        kind = "association" if name in self.places["associations"] else "block"
        return {"kind": kind, "key": self.places[f"{kind}s"][name]}

    def note(self, id: str, v: str | None, scope: str = "sakura") -> None:
        """Somebody else writes, or deletes, a note."""
        self.control("edit", id=id, v=v, scope=self.scope(scope))

    def fill(self, number: int, scope: str) -> None:
        """So many notes at once, by 健, who lives in 二班."""
        d = {"v": "full", "scope": self.scope(scope)}
        notes = [
            {"mid": f"fill{n}", "t": "notes", "id": f"full{n:04}", "op": "put", "d": d} for n in range(number)
        ]
        token = self.control("enrol", person="高橋 健")["token"]
        for start in range(0, number, 100):
            pushed = httpx.post(
                f"{self.server.url}/sync/v1/push",
                json={"mutations": notes[start : start + 100]},
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
            )
            assert {result["status"] for result in pushed.json()["results"]} == {"ok"}

    def notes(self) -> dict[str, str]:
        """What the application holds: id → v."""
        return {note["id"]: note["d"]["v"] for note in self.control("state")["notes"] if note["d"]}

    def revisions(self) -> dict[str, int]:
        """id → how often the note was really changed."""
        return {row["id"]: row["r"] for row in self.control("log")["rows"] if row["t"] == "notes"}

    def deeds(self) -> list[int]:
        """How often each mutation took effect."""
        return list(self.control("state")["deeds"].values())
