"""The clients of docs/clients, all in one hand: a phone that somebody writes on, and that synchronizes."""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

from tests import child
from tests.clients.line import Line

ROOT = Path(__file__).parent.parent.parent
DRIVERS = Path(__file__).parent / "drivers"
PATIENCE = 120
"""Seconds after which something hangs. The machine may be busy; nothing is measured by it."""


class Peer(Protocol):
    line: Line
    device: str

    def sync(self) -> None: ...
    def sync_in_vain(self) -> None: ...
    def listen(self) -> None: ...
    def put(self, notes: Mapping[str, str], scope: Mapping[str, str]) -> None: ...
    def edit(self, id: str, v: str) -> None: ...
    def remove(self, id: str) -> None: ...
    def dump(self) -> dict[str, str]: ...
    def wiped(self) -> bool: ...
    def close(self) -> None: ...


def eventually(look: Callable[[], object], wanted: object) -> None:
    """Until the look gives what is wanted; the last sight is in the failure."""
    end = time.monotonic() + PATIENCE
    while (seen := look()) != wanted:
        assert time.monotonic() < end, f"still {seen!r}, not {wanted!r}"
        time.sleep(0.05)


class NodePeer:
    """A driver in a process of Node's."""

    def __init__(self, kind: str, line: Line, came: dict[str, str]) -> None:
        self.line, self.device = line, came["device"]
        said = json.dumps({"origin": line.url, "token": came["token"]})
        self._process = subprocess.Popen(
            [str(ROOT / "scripts" / "with-node"), "node", str(DRIVERS / f"{kind}.mjs"), said],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._live = kind == "rxdb"
        self._answers: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put("")

    def _do(self, command: str, **said: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": command} | said) + "\n")
        self._process.stdin.flush()
        answer = self._answers.get(timeout=PATIENCE)
        assert answer, "the driver has ended; its last words are on standard error"
        heard = json.loads(answer)
        assert "error" not in heard, heard["error"]
        return heard["ok"]

    def sync(self) -> None:
        self._do("sync")

    def sync_in_vain(self) -> None:
        self._do("vain")

    def listen(self) -> None:
        """RxDB listens from its beginning."""
        if not self._live:
            self._do("listen")

    def put(self, notes: Mapping[str, str], scope: Mapping[str, str]) -> None:
        self._do("put", notes=[{"id": id, "v": v, "scope": scope} for id, v in notes.items()])

    def edit(self, id: str, v: str) -> None:
        self._do("edit", id=id, v=v)

    def remove(self, id: str) -> None:
        self._do("remove", id=id)

    def dump(self) -> dict[str, str]:
        return cast(dict[str, str], self._do("dump"))

    def wiped(self) -> bool:
        return cast(bool, self._do("wiped"))

    def waits(self) -> list[list[float]]:
        """Of RxDB's adapter: failures in a row, and the floor in seconds, of each wait."""
        return cast(list[list[float]], self._do("waits"))

    def close(self) -> None:
        self._process.kill()
        child.end(self._process)


def _client() -> ModuleType:
    """docs/clients/client.py, which is no package."""
    spec = util.spec_from_file_location("kairan_client", ROOT / "docs" / "clients" / "client.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class PythonPeer:
    def __init__(self, line: Line, came: dict[str, str], folder: Path) -> None:
        self.line, self.device, self._module = line, came["device"], _client()
        self._client = self._module.Client(line.url, came["token"], str(folder / "client.db"))
        self._wiped = False

    def sync(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self._client.sync()
            except (OSError, HTTPException):
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the line stayed bad")

    def sync_in_vain(self) -> None:
        try:
            self._client.sync()
        except self._module.Problem as problem:
            self._wiped = problem.args[0]["wipe"]

    def listen(self) -> None:
        raise AssertionError("the Python client only asks")

    def put(self, notes: Mapping[str, str], scope: Mapping[str, str]) -> None:
        for id, v in notes.items():
            self._client.write("notes", id, {"v": v, "scope": scope})

    def edit(self, id: str, v: str) -> None:
        self._client.write("notes", id, self._client.read("notes")[id] | {"v": v})

    def remove(self, id: str) -> None:
        self._client.write("notes", id, None)

    def dump(self) -> dict[str, str]:
        return {id: d["v"] for id, d in self._client.read("notes").items()}

    def wiped(self) -> bool:
        return self._wiped

    def close(self) -> None:
        self._client.db.close()


def peer(kind: str, line: Line, came: dict[str, str], folder: Path) -> Peer:
    return PythonPeer(line, came, folder) if kind == "python" else NodePeer(kind, line, came)
