"""Processes that begin with the house imported: forked from one that has it and waits. To import it takes a second of
processor time, and where workers are killed, most of the test was that.

What such a process runs is a module, as `python -m` would, with an environment of its own; it dies and freezes as any other.
"""

import asyncio
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

_context: Final = get_context("forkserver")
# The product alone, and what every process of the tests wants of it; what is run is imported by whoever runs it.
_context.set_forkserver_preload(
    ["server.app", "server.canary.keeper", "server.work.post", "server.work.worker"]
)


class Forked:
    """A running process; None as `returncode` while it runs, less than zero for a signal that ended it."""

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str]) -> None:
        self._said, saying = _context.Pipe(duplex=False)
        told = (module, arguments, {**os.environ, **environment}, saying)
        # Whatever a failed test leaves behind ends with the run.
        self._process = _context.Process(target=_run, args=told, daemon=True)
        self._process.start()
        saying.close()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    async def wait(self) -> int:
        """Returns when it has ended."""
        await _readable(self._process.sentinel)
        assert self.returncode is not None
        return self.returncode

    async def says(self) -> bytes:
        """What it writes next, once; nothing where it has ended without."""
        await _readable(self._said.fileno())
        return os.read(self._said.fileno(), 4096)

    async def stopped(self) -> None:
        """Returns when it has stopped itself (SIGSTOP), or has ended."""
        while self.returncode is None and _state(self.pid) != "T":  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


async def _readable(file: int) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(file, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(file)


def _state(pid: int) -> str:
    """R, S, T …; empty where it is gone (proc(5))."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


def _run(module: str, arguments: Sequence[str], environment: Mapping[str, str], saying: Connection) -> None:
    os.dup2(saying.fileno(), sys.stdout.fileno())
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")
