"""Lanes at work: a task for each destination, so that one that hangs holds up nobody, and one for its emergencies."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from notices import deliver
from notices.deliver import Opening
from server.house import House
from server.work import turns as ranks
from server.work.clerk import Clerk
from server.work.rounds import Round
from server.work.turns import Turns

log = logging.getLogger("kairan.worker")

PAUSE: Final = 1.0
"""Seconds before a lane is looked at again whose work failed (a database that restarts), or that others emptied."""
AT_ONCE: Final = 256
"""Destinations served at a time, beside those of emergencies: a town has mailboxes under thousands of domains, and each
task wants the database."""


class Carriers:
    def __init__(self, house: House, at_once: int = AT_ONCE) -> None:
        self._house = house
        self._at_once = at_once
        self._clerk = Clerk(house)
        self.turns = Turns()
        self._looking = asyncio.Lock()
        self._newest = Opening("", "")
        """The one that was opened last: whoever comes behind it has the next turn."""
        self._tasks: dict[Opening, asyncio.Task[None]] = {}
        self._stop = asyncio.Event()

    def stop_with(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def __bool__(self) -> bool:
        """Whether anything is in flight."""
        return bool(self._tasks)

    async def one_is_done(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)

    async def open(self) -> None:
        """A task for every destination that has something due and none yet, or for as many as there is room for.

        One look at a time: of two at once both would be late, and so would what the first has found.
        """
        with self.turns.first():
            async with self._looking, self._house.db.read() as session:
                lanes = await deliver.open_lanes(session, self._house.clock())
            self._begin(lane for lane in lanes if lane.channel in self._house.channels)

    def _begin(self, lanes: Iterable[Opening]) -> None:
        if not self._stop.is_set():
            for lane in self._whose_turn(lanes):
                task = self._tasks[lane] = asyncio.create_task(self._serve(lane))
                task.add_done_callback(partial(self._close, lane))

    def _whose_turn(self, lanes: Iterable[Opening]) -> Sequence[Opening]:
        """All that have emergencies, of these first for whom the others stand back; then those whose turn it is."""
        idle = [lane for lane in lanes if lane not in self._tasks]
        others = [lane for lane in idle if not lane.express]
        room = self._at_once - sum(not lane.express for lane in self._tasks)
        if len(others) > room:
            others.sort(key=lambda lane: (_key(lane) <= _key(self._newest), *_key(lane)))
            others = others[: max(room, 0)]
        if others:
            self._newest = others[-1]
        return [*sorted((lane for lane in idle if lane.express), key=ranks.rank), *others]

    async def drain(self, seconds: float) -> None:
        """What is begun is finished, for a while; what is not goes back, due at once for the next worker."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _close(self, lane: Opening, _done: asyncio.Task[None]) -> None:
        self._tasks.pop(lane, None)
        self._house.wake.now()

    async def _serve(self, lane: Opening) -> None:
        round_ = Round(self._house, self._clerk, self._stop, lane, self.turns)
        try:
            served = await round_.serve()
        except Exception as error:
            log.error("lane of %s failed: %s", lane.channel, type(error).__name__)
            served = False
        if not served and not self._stop.is_set():
            await asyncio.sleep(PAUSE)


def _key(lane: Opening) -> tuple[str, str]:
    return lane.channel, lane.lane
