"""A process beside the tests: neither for its words nor for its end does anybody wait without a limit."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Final

PATIENCE: Final = 120.0
"""Seconds after which a process hangs. The machine may be busy; nothing is measured by it."""


class Hangs(Exception):
    """It was killed for it."""


def line(process: "subprocess.Popen[str]") -> str:
    """The next one that it says, empty where it has ended without. Raises Hangs."""
    assert process.stdout is not None
    with _killed_after(process, PATIENCE):
        return process.stdout.readline()


def end(process: "subprocess.Popen[str]") -> None:
    """Closes its standard input, and returns when it is gone. Raises Hangs."""
    try:
        process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Hangs(f"{process.args!r} did not end in {PATIENCE:.0f} s") from None


@contextmanager
def _killed_after(process: "subprocess.Popen[str]", seconds: float) -> Iterator[None]:
    late: list[float] = []

    def kill() -> None:
        late.append(seconds)
        process.kill()

    timer = Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if late:
        raise Hangs(f"{process.args!r} said nothing for {seconds:.0f} s")
