"""Who wants to know, and that something moved: a poke says "pull", and never what there is to see.

A process has one hub. Whoever holds a line open listens to the scopes of its person; what a commit moved is handed
to `moved`, and each listener is poked with the heads of its scopes. The first poke goes at once; what follows
within 50 ms is told together. A large room is told in slices, so that its pulls do not come as one wave and the
process is never deaf for long.

Losing a poke costs a listener its next poll, never data: nothing here is stored.

Scope 0 is no scope: its head is the id of the youngest scope. Whoever is in a scope that does not exist yet listens
to it, and looks again when it moves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

__all__ = ["MADE", "Ears", "Hub", "Listener"]

PAUSE: Final = 0.05
"""Seconds for which a listener that was just poked is left alone."""
SLICE: Final = 100
"""Listeners told before anybody else has a turn."""
WAVE: Final = 1000
"""Listeners told before there is a pause, so that a town does not pull in one instant."""
REMEMBERED: Final = 10.0
"""Seconds for which a move is remembered at least: longer than it takes from reading heads to listening."""
MADE: Final = 0
"""Moves when a scope is written to that is younger than all before: ids are given in the order of commits, so whoever
looks again after the youngest finds the others too."""

Heads = Mapping[str, Mapping[int, int]]
"""{tenant: {scope: head}}"""


class Listener(Protocol):
    def poke(self, heads: dict[int, int]) -> None:
        """Of the scopes listened to, those that moved. Must neither wait nor raise."""


class _Room:
    """The listeners of one scope, and the last head they were told (None: nobody has said one yet)."""

    __slots__ = ("head", "listeners")

    def __init__(self) -> None:
        self.head: int | None = None
        self.listeners: set[Listener] = set()


class Hub:
    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self._rooms: dict[str, dict[int, _Room]] = {}
        self._resting: dict[Listener, dict[int, int]] = {}
        """Who was just poked, and what has moved for them since."""
        self._ears: set[Ears] = set()
        self._lately: tuple[dict[tuple[str, int], int], dict[tuple[str, int], int]] = ({}, {})
        self._turned = float("-inf")

    def attach(self, listener: Listener, tenant: str, scopes: Iterable[int] | Mapping[int, int]) -> None:
        """From now on `listener` hears these scopes. Where their heads are given, as just read, it is told at once
        what has moved since: nothing falls between reading and listening."""
        rooms = self._rooms.setdefault(tenant, {})
        known = scopes if isinstance(scopes, Mapping) else {}
        missed = {}
        for scope in scopes:
            room = rooms.get(scope)
            if room is None:
                room = rooms[scope] = _Room()
            room.listeners.add(listener)
            held = known.get(scope)
            if room.head is None:
                room.head = held
            newest = self._newest(tenant, scope)
            if held is not None and newest is not None and newest > held:
                missed[scope] = newest
        if missed:
            self._tell({listener: missed})

    def detach(self, listener: Listener, tenant: str, scopes: Iterable[int]) -> None:
        rooms = self._rooms.get(tenant, {})
        for scope in scopes:
            if (room := rooms.get(scope)) is not None:
                room.listeners.discard(listener)
                if not room.listeners:
                    del rooms[scope]
        if not rooms:
            self._rooms.pop(tenant, None)

    def heads(self) -> dict[str, dict[int, int | None]]:
        """All scopes that somebody listens to, with the heads last told: what a poll compares."""
        return {
            tenant: {scope: room.head for scope, room in rooms.items()}
            for tenant, rooms in self._rooms.items()
        }

    def moved(self, heads: Heads) -> None:
        """Commits moved these heads. What was told already is not told twice."""
        with_made = {tenant: {**moved, MADE: max(moved)} for tenant, moved in heads.items() if moved}
        self._remember(with_made)
        self._tell(self._news(with_made, lambda known, head: known is None or head > known))

    def found(self, heads: Heads) -> None:
        """A poll found these heads. Where a restore took them back, that is news too; a first look is none."""
        self._tell(self._news(heads, lambda known, head: known is not None and head != known))

    def _news(self, heads: Heads, new: _Judge) -> dict[Listener, dict[int, int]]:
        news: dict[Listener, dict[int, int]] = {}
        for tenant, moved in heads.items():
            rooms = self._rooms.get(tenant, {})
            for scope, head in moved.items():
                if (room := rooms.get(scope)) is None:
                    continue
                if is_new := new(room.head, head):
                    for listener in room.listeners:
                        news.setdefault(listener, {})[scope] = head
                if is_new or room.head is None:
                    room.head = head
        return news

    def _remember(self, heads: Heads) -> None:
        """In two books; the older is thrown away when the newer has been written for long enough."""
        now = asyncio.get_running_loop().time()
        if now - self._turned > REMEMBERED:
            self._lately, self._turned = ({}, self._lately[0]), now
        for tenant, moved in heads.items():
            for scope, head in moved.items():
                self._lately[0][tenant, scope] = max(head, self._lately[0].get((tenant, scope), head))

    def _newest(self, tenant: str, scope: int) -> int | None:
        known = [book[tenant, scope] for book in self._lately if (tenant, scope) in book]
        return max(known, default=None)

    def _tell(self, news: Mapping[Listener, dict[int, int]]) -> None:
        fresh = []
        for listener, heads in news.items():
            if (waiting := self._resting.get(listener)) is not None:
                waiting.update(heads)
            else:
                self._resting[listener] = {}
                fresh.append((listener, heads))
        self._poke(fresh)

    def _poke(self, fresh: Sequence[tuple[Listener, dict[int, int]]], told: int = 0) -> None:
        if not fresh:
            return
        now, later = fresh[:SLICE], fresh[SLICE:]
        for listener, heads in now:
            listener.poke(heads)
        loop, told = asyncio.get_running_loop(), told + len(now)
        loop.call_later(self._pause, self._rested, [listener for listener, _ in now])
        if later and told < WAVE:
            loop.call_soon(self._poke, later, told)
        elif later:
            loop.call_later(self._pause, self._poke, later)

    def _rested(self, listeners: Sequence[Listener]) -> None:
        self._tell(
            {listener: heads for listener in listeners if (heads := self._resting.pop(listener, None))}
        )

    @asynccontextmanager
    async def listen(self, tenant: str, scopes: Iterable[int] | Mapping[int, int]) -> AsyncIterator[Ears]:
        """Ears for a coroutine; what moves while they are open is kept until it asks."""
        ears, listed = Ears(), list(scopes)
        self.attach(ears, tenant, scopes if isinstance(scopes, Mapping) else listed)
        self._ears.add(ears)
        try:
            yield ears
        finally:
            self._ears.discard(ears)
            self.detach(ears, tenant, listed)

    def close(self) -> None:
        """Nobody waits any longer: the process is about to end."""
        for ears in self._ears:
            ears.close()


class _Judge(Protocol):
    def __call__(self, known: int | None, head: int, /) -> bool: ...


class Ears:
    def __init__(self) -> None:
        self._heard: dict[int, int] = {}
        self._something = asyncio.Event()
        self._closed = False

    def poke(self, heads: dict[int, int]) -> None:
        self._heard.update(heads)
        self._something.set()

    def close(self) -> None:
        self._closed = True
        self._something.set()

    async def next(self, timeout: float) -> dict[int, int] | None:
        """{scope: head} of what moved since the last time; None after `timeout` seconds, or when all is closed."""
        try:
            async with asyncio.timeout(timeout):
                await self._something.wait()
        except TimeoutError:
            return None
        if not self._closed:
            self._something.clear()
        heard, self._heard = self._heard, {}
        return heard or None
