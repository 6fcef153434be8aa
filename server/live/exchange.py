"""Who is on the line in this process: how many at most, who may hear what, and who no longer may.

What a line may hear is read when it opens, again when the person's own scope moves (a home, a seat, a term), and
again when a scope is made that the person was already in. A revoked device is looked for every few seconds: a
revocation moves no scope.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final

from sqlalchemy import select

from notices.models import Device
from server.db import Database
from server.edge.errors import LinesFull
from server.live.again import read_again
from server.live.beats import Beats
from server.live.lines import Line, Visit
from server.live.sockets import Header
from sync.live import Hub

log = logging.getLogger("kairan.live")

BEAT: Final = 20.0
"""Seconds between signs of life; proxies cut what is silent for 30 or 60."""
LASTS: Final = (45.0, 55.0)
"""Seconds after which a line is ended; different for each, or all phones of a restart would come back in step."""
RETRY: Final = (1000, 4000)
"""Milliseconds after which a browser comes back."""
EACH: Final = 20
"""Lines and waiting pulls of one device: more than any has windows. One that begins again and again without hanging
up would else take the room of a town."""
COME_BACK: Final = (20, 90)
"""Seconds, for whoever finds no room."""
REVOKED_EVERY: Final = 3.0
OVERLAP: Final = timedelta(minutes=2)
"""How far back revocations are looked for: clocks differ, and a transaction may commit late."""
AT_ONCE: Final = 50
"""Lines whose membership is read in one snapshot."""
AGAIN_AFTER: Final = 1.0
"""Seconds, when the database is away."""


class Exchange:
    def __init__(self, db: Database, clock: Callable[[], datetime], hub: Hub, most: int) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self.most = most
        self._of: Counter[str] = Counter()
        """By device: its lines and its waiting pulls."""
        self.seats = 0
        """Of all devices."""
        self._rng = SystemRandom()
        self._again: set[Line] = set()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.lines: set[Line] = set()
        self.beat, self.lasts, self.revoked_every = BEAT, LASTS, REVOKED_EVERY
        self._beats = Beats(lambda: self.beat)

    def insist_on_room(self, device: str = "") -> None:
        """Raises LinesFull."""
        if self.seats >= self.most or self._of[device] >= EACH:
            raise LinesFull(retryAfter=self._rng.randint(*COME_BACK))

    @contextmanager
    def seat(self, device: str) -> Iterator[None]:
        """For a request that waits without a line. Raises LinesFull."""
        self._sit_down(device)
        try:
            yield
        finally:
            self._stand_up(device)

    def line(self, visit: Visit) -> Line:
        """One of ours from now on. Raises LinesFull."""
        self._sit_down(visit.device)
        ends = asyncio.get_running_loop().time() + self._rng.uniform(*self.lasts)
        # Every request brings a string of its own for the same few cities.
        line = Line(self, sys.intern(visit.tenant), visit.device, ends)
        self.lines.add(line)
        self._run("revoked", self._drop_revoked)
        return line

    def greet(self, line: Line, headers: list[Header]) -> None:
        """The first bytes. Signs of life begin at a moment of the line's own."""
        line.begin(headers, self._rng.randint(*RETRY))
        self._beats.add(line, asyncio.get_running_loop().time() + self.beat * self._rng.uniform(0.5, 1))

    def connect(self, line: Line, visit: Visit) -> None:
        """Says the heads as they were read, so that a phone pulls what moved while it was away; then what follows."""
        line.say(visit.heads)
        # The new scopes before the old are left: a room that stays keeps what it was told.
        left = [scope for scope in line.scopes if scope not in visit.heads]
        line.own, line.scopes = visit.own, tuple(visit.heads)
        self._hub.attach(line, line.tenant, visit.heads)
        self._hub.detach(line, line.tenant, left)

    def look_again(self, line: Line) -> None:
        """Deaf to all but its own scope until its membership is read."""
        self._hub.detach(line, line.tenant, [scope for scope in line.scopes if scope != line.own])
        line.scopes = (line.own,)
        self._again.add(line)
        self._run("again", self._read_again)

    def hung_up(self, line: Line) -> None:
        self._hub.detach(line, line.tenant, line.scopes)
        line.scopes = ()
        if line in self.lines:
            self.lines.remove(line)
            self._stand_up(line.device)
        self._again.discard(line)

    def _sit_down(self, device: str) -> None:
        self.insist_on_room(device)
        self.seats += 1
        self._of[device] += 1

    def _stand_up(self, device: str) -> None:
        self.seats -= 1
        self._of[device] -= 1
        if not self._of[device]:
            del self._of[device]

    async def close(self) -> None:
        for line in list(self.lines):
            line.end()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """At most one of each; it ends when there is nothing for it to do."""
        if name not in self._tasks:
            task = self._tasks[name] = asyncio.create_task(self._until_done(work), name=f"live {name}")
            task.add_done_callback(lambda _: self._tasks.pop(name, None))

    async def _until_done(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await work()
            except Exception as error:
                log.error("lines: %s", type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
                await asyncio.sleep(AGAIN_AFTER)

    async def _read_again(self) -> None:
        while self._again:
            asked = [self._again.pop() for _ in range(min(len(self._again), AT_ONCE))]
            try:
                async with self._db.read() as session:
                    visits = await read_again(session, asked, self._clock())
            except Exception:
                self._again.update(line for line in asked if line in self.lines)
                raise
            for line, visit in zip(asked, visits, strict=True):
                # Who moved once more in between is read once more.
                if line in self.lines and line not in self._again:
                    self._settle(line, visit)

    def _settle(self, line: Line, visit: Visit | None) -> None:
        if visit is None:
            line.end()
        else:
            self.connect(line, visit)

    async def _drop_revoked(self) -> None:
        since = self._clock() - OVERLAP
        while self.lines:
            await asyncio.sleep(self.revoked_every)
            now = self._clock()
            tenants = {line.tenant for line in self.lines}
            query = select(Device.tenant, Device.id)
            query = query.where(Device.tenant.in_(sorted(tenants)), Device.revoked_at > since)
            async with self._db.read() as session:
                revoked = {(tenant, id) for tenant, id in await session.execute(query)}
            for line in [line for line in self.lines if (line.tenant, line.device) in revoked]:
                line.end()
            since = now - OVERLAP
