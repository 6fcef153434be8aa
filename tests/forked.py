"""Processes that begin with the house imported: forked from one that has it and waits. To import it takes a second of
processor time, and where workers are killed, most of the test was that.

What such a process runs is a module, as `python -m` would, with an environment, an input and an output of its own; it
dies and freezes as any other.
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
from select import select
from typing import Final

from tests.child import PATIENCE, Hangs

_context: Final = get_context("forkserver")
# What is run is imported by whoever runs it: runpy wants it not to be there yet.
_PRODUCT: Final = (
    "server.app",
    "server.canary.keeper",
    "server.migrate",
    "server.work.post",
    "server.work.worker",
)
_context.set_forkserver_preload([*_PRODUCT, "tests.laws.control"])


class Forked:
    """A running process; None as `returncode` while it runs, less than zero for a signal that ended it."""

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str] = {}) -> None:
        self._said, saying = _context.Pipe(duplex=False)
        hearing, self._told = _context.Pipe(duplex=False)
        told = (module, arguments, {**os.environ, **environment}, hearing, saying)
        # Whatever a failed test leaves behind ends with the run.
        self._process = _context.Process(target=_run, args=told, daemon=True)
        self._process.start()
        saying.close()
        hearing.close()
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

    async def says(self) -> str:
        """`line`, for whoever has a loop."""
        await _readable(self._said.fileno())
        return self.line()

    def line(self) -> str:
        """The next one that it writes, empty where it has ended without. Raises Hangs."""
        heard = b""
        while not heard.endswith(b"\n"):
            if not select([self._said], [], [], PATIENCE)[0]:
                self.kill()
                raise Hangs(f"{self._process.name} said nothing for {PATIENCE:.0f} s")
            if not (more := os.read(self._said.fileno(), 1)):
                break
            heard += more
        return heard.decode()

    def end(self) -> None:
        """Closes its standard input, and returns when it is gone. Raises Hangs."""
        self._told.close()
        self._process.join(PATIENCE)
        if self.returncode is None:
            self.kill()
            raise Hangs(f"{self._process.name} did not end in {PATIENCE:.0f} s")

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


def _run(
    module: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    hearing: Connection,
    saying: Connection,
) -> None:
    os.dup2(hearing.fileno(), 0)
    os.dup2(saying.fileno(), 1)
    # What multiprocessing put there is /dev/null; and no other way out of here may stay open.
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as long as the process lives
    hearing.close()
    saying.close()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")
