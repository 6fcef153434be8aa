"""Who lets the canaries out: a loop of every worker. Who is first makes the round; nobody waits for an answer here."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

from notices.canary import rounds
from notices.outcomes import Later, Outcome
from server.canary import alarm, by_line, by_mail, by_work, watched
from server.canary.by_push import ByPush
from server.house import House

log = logging.getLogger("kairan.canary")

LOOK: Final = 5.0
"""Seconds between looks at the rows: rounds are minutes apart."""
LONGEST: Final = 110.0
"""Seconds for one to leave and, where its way says so, to arrive. Shorter than the pause before the next."""

Fly = Callable[[House, str], Awaitable[Outcome]]


class Keeper:
    """`look`: seconds between looks at the database."""

    def __init__(self, house: House, look: float = LOOK) -> None:
        self._house, self._look = house, look
        ways: Mapping[str, Fly] = {
            "mail": by_mail.fly,
            "push": ByPush(house).fly,
            "line": by_line.fly,
            "work": by_work.fly,
        }
        there = watched(house.settings)
        self._ways = {channel: way for channel, way in ways.items() if channel in there}
        self._looked = float("-inf")
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def turn(self) -> bool:
        """Lets out what is due, and tells operators what they have not heard. Never True: nothing is left for at once."""
        now = asyncio.get_running_loop().time()
        if not self._ways or now - self._looked < self._look:
            return False
        self._looked = now
        await self._look_at_rows()
        return False

    async def idle(self) -> None:
        """When none is on its way, and everybody is told."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    async def end(self) -> bool:
        """What is on its way may still arrive; nobody here waits for it."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return False

    async def _look_at_rows(self) -> None:
        house = self._house
        async with house.db.read() as session:
            if not await rounds.may_leave(session):
                return
            now = await house.db.now(session, house.clock)
            rows = await rounds.rows(session, self._ways)
            news = any(rounds.news_of(row, now) for row in rows.values())
        for channel in self._ways:
            # A round that has not ended is not doubled: it holds a place in its lane.
            if channel not in self._tasks and rounds.is_due(rows.get(channel), now):
                self._start(channel, partial(self._round, channel))
        if news and "alarm" not in self._tasks:
            self._start("alarm", partial(alarm.tell_all, house, self._ways.keys()))

    def _start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        task = self._tasks[name] = asyncio.create_task(self._watched(name, work))
        task.add_done_callback(lambda _: self._tasks.pop(name, None))

    async def _watched(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:
            log.error("the canary's %s failed: %s", name, type(error).__name__, exc_info=log.isEnabledFor(10))

    async def _round(self, channel: str) -> None:
        house = self._house
        async with house.db.write() as session:
            flight = await rounds.begin(session, channel, await house.db.now(session, house.clock))
        if flight is None:
            return
        try:
            async with asyncio.timeout(LONGEST):
                outcome = await self._ways[channel](house, flight)
        except TimeoutError:
            outcome = Later(None, "canary-stuck")
        except Exception as error:
            log.error("the canary's %s could not leave: %s", channel, type(error).__name__)
            outcome = Later(None, "crashed")
        async with house.db.write() as session:
            await rounds.settle(session, channel, flight, outcome)
