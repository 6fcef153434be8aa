"""`kairan …` as an operator types it: in this process, which is quick, or in one of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.cli import main
from tests.town import SAKURA

PROGRAM = Path(sys.executable).with_name("kairan")
ROSTER = SAKURA.replace("2026-04-01", "2020-04-01").replace("2027-03-31", "")
"""Terms that run whenever the tests do."""
OFFICER = "山田 花子"


_FOUNDED: list[tuple[Any, dict[str, bytes]]] = []
"""The files of a machine after its first `init`, for the tests that begin there."""


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Machine:
    """A folder with its settings, and a terminal in it."""

    folder: Path
    settings: dict[str, str]
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    port: int = field(default=0)

    def __call__(self, *args: str, **changed: str) -> Said:
        """`changed`: settings for this once."""
        with self.patch.context() as patch:
            patch.chdir(self.folder)
            for name, value in self.environment(changed).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["kairan", *args])
            self.capture.readouterr()
            before = os.umask(0o022)
            try:
                with pytest.raises(SystemExit) as end:
                    main()
            finally:
                os.umask(before)
            said = self.capture.readouterr()
        code = end.value.code
        return Said(code if isinstance(code, int) else 0, said.out, said.err)

    def init(self) -> Any:
        """A city with the association さくら町内会, by its roster. What `init --json` says."""
        if self.on_postgresql:
            return self._founded()
        if not _FOUNDED:
            said = self._founded()
            files = {file.name: file.read_bytes() for file in self.folder.iterdir()}
            _FOUNDED.append((said, files))
        said, files = _FOUNDED[0]
        for name, data in files.items():
            (self.folder / name).touch(mode=0o600)
            (self.folder / name).write_bytes(data)
        return said

    def _founded(self) -> Any:
        (self.folder / "roster.csv").write_text(ROSTER)
        names = [
            "--city",
            "花水木市",
            "--city-id",
            "hana",
            "--association",
            "さくら町内会",
            "--slug",
            "sakura",
        ]
        said = self("init", *names, "--roster", "roster.csv", "--officer", OFFICER, "--yes", "--json")
        assert said.code == 0, said.err
        return said.json

    @property
    def on_postgresql(self) -> bool:
        return "database_url" in self.settings

    def environment(self, changed: Mapping[str, str] | None = None) -> dict[str, str]:
        given = self.settings | {"port": str(self.port)} | dict(changed or {})
        return {f"KAIRAN_{name.upper()}": value for name, value in given.items()}

    def process_environment(self) -> dict[str, str]:
        """With Python's cache of compiled modules: a start takes seconds without it."""
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return inherited | self.environment()

    @contextmanager
    def serving(self) -> Iterator["Serving"]:
        """`kairan serve` in a process of its own, ready; it ends by SIGTERM where the test has not ended it."""
        self.port = free_port()
        log = self.folder / "serve.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [PROGRAM, "serve"],
                cwd=self.folder,
                env=self.process_environment(),
                stderr=out,
                stdout=out,
            )
        serving = Serving(process, f"http://127.0.0.1:{self.port}", log)
        try:
            serving.wait_until_ready()
            yield serving
        finally:
            serving.end()

    @property
    def database(self) -> Path:
        return self.folder / "kairan.db"


@dataclass
class Serving:
    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                httpx.get(f"{self.url}/health/ready").raise_for_status()
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"not ready after 30 s: {self.log.read_text()}")

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=35)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def in_base64(text: str) -> str:
    return b64encode(text.encode()).decode()
