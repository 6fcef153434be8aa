"""Toy servers as processes of their own: started, asked, killed, started again."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.forked import Forked

PATIENCE = 10.0


class Down(Exception):
    """The server did not answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class Wire:
    """One kept connection."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=60)

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        json_body: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Raises Down."""
        more = dict(headers or {})
        if token:
            more["Authorization"] = f"Bearer {token}"
        body = None
        if json_body is not None:
            body, more["Content-Type"] = json.dumps(json_body).encode(), "application/json"
        try:
            self._connection.request(method, f"{path}?{urlencode(query)}" if query else path, body, more)
            answer = self._connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise Down from error

    def close(self) -> None:
        self._connection.close()


class Line:
    """An open line of server-sent events."""

    def __init__(self, url: str, token: str) -> None:
        place = urlsplit(url)
        assert place.hostname is not None
        assert place.port is not None
        self._socket = socket.create_connection((place.hostname, place.port), timeout=PATIENCE)
        self._heard = b""
        asked = f"GET /sync/v1/live HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
        self._socket.sendall(asked.encode())

    def __enter__(self) -> Line:
        """When the line stands, and has said how all is at its beginning."""
        self._until(b"\r\n\r\n")
        self.poke()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def poke(self) -> dict[int, int]:
        """The next one; empty where none comes."""
        try:
            self._until(b"event: poke")
            self._until(b"data: ")
            return {int(scope): head for scope, head in json.loads(self._until(b"\n"))["h"].items()}
        except TimeoutError:
            return {}

    def _until(self, end: bytes) -> bytes:
        while end not in self._heard:
            more = self._socket.recv(4096)
            if not more:
                raise Down
            self._heard += more
        before, _, self._heard = self._heard.partition(end)
        return before


class ToyServer:
    """A running toy server; `town` is what it said of itself."""

    def __init__(
        self, database_url: str, folder: Path, *, fault: str | None = None, replica: str | None = None
    ) -> None:
        self.database_url, self.folder = database_url, folder
        self._command = ["--follow", "--database-url", database_url, "--folder", str(folder)]
        if fault is not None:
            self._command += ["--fault", fault]
        if replica is not None:
            self._command += ["--replica-url", replica]
        self.start()

    def start(self) -> None:
        self._process = Forked("tests.laws.toyserver", *self._command)
        said = self._process.line()
        if not said:
            self.stop()
            raise RuntimeError("the toy server did not start; it said why on standard error")
        self.town: dict[str, Any] = json.loads(said)
        self.url: str = self.town["url"]

    @property
    def runs(self) -> bool:
        return self._process.returncode is None

    def kill(self) -> None:
        """As a power cut would."""
        self._process.kill()
        self.stop()

    def stop(self) -> None:
        """Returns when the process is gone."""
        self._process.end()
