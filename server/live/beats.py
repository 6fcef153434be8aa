"""Signs of life for all lines of a process, by one timer: one of its own took a line as much memory as the line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from server.live.lines import Line

STEP: Final = 0.1
"""Seconds. Whoever is due within one is told in one go: of ten thousand lines, fifty."""


class Beats:
    """`every()`: seconds between two signs of a line."""

    def __init__(self, every: Callable[[], float]) -> None:
        self._every = every
        self._due: dict[int, list[Line]] = {}
        """By the number of the step. A line that has hung up stays until its turn."""
        self._step = 0

    def add(self, line: Line, first: float) -> None:
        """From `first` on, a time of the loop."""
        now, running = asyncio.get_running_loop().time(), bool(self._due)
        self._put(line, max(first, now))
        if not running:
            self._step = int(now / STEP)
            self._wait()

    def _put(self, line: Line, when: float) -> None:
        """Into the step that begins after `when`: never one that is being told."""
        self._due.setdefault(int(min(when, line.ends) / STEP) + 1, []).append(line)

    def _wait(self) -> None:
        asyncio.get_running_loop().call_at((self._step + 1) * STEP, self._turn)

    def _turn(self) -> None:
        now = asyncio.get_running_loop().time()
        reached = int(now / STEP)
        for step in range(self._step + 1, reached + 1):
            for line in self._due.pop(step, ()):
                if line.beat(now):
                    self._put(line, now + self._every())
        self._step = max(self._step, reached)
        if self._due:
            self._wait()
