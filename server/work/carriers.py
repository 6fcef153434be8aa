"""Lanes at work: a task for each destination, so that one that hangs holds up nobody, and one for its emergencies."""

import asyncio
import logging
from functools import partial
from typing import Final

from notices import deliver
from notices.deliver import Opening
from server.house import House
from server.work.clerk import Clerk, moment
from server.work.desk import Desk

log = logging.getLogger("kairan.worker")

PAUSE: Final = 1.0
"""Seconds before a lane is looked at again whose work failed (a database that restarts), or that others emptied."""


class Carriers:
    def __init__(self, house: House) -> None:
        self._house = house
        self._clerk = Clerk(house)
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
        """A task for every destination that has something due and none yet."""
        async with self._house.db.read() as session:
            lanes = await deliver.open_lanes(session, self._house.clock())
        for lane in lanes:
            if lane not in self._tasks and lane.channel in self._house.channels and not self._stop.is_set():
                task = self._tasks[lane] = asyncio.create_task(self._serve(lane))
                task.add_done_callback(partial(self._close, lane))

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
        served = False
        while not self._stop.is_set():
            try:
                if not await self._serve_batch(lane):
                    break
                served = True
            except Exception as error:
                log.error("lane of %s failed: %s", lane.channel, type(error).__name__)
                served = False
                break
        if not served and not self._stop.is_set():
            await asyncio.sleep(PAUSE)

    async def _serve_batch(self, lane: Opening) -> bool:
        """Claim in one transaction, send in none, settle in others. False when the lane has nothing due."""
        house = self._house
        async with house.db.write() as session:
            now = await moment(house, session)
            batch = await deliver.claim(
                session, house.office, lane.channel, lane.lane, now, express=lane.express
            )
        if not batch.claims:
            return False
        desk = Desk(self._clerk, batch, self._stop)
        with self._clerk.holding(batch.claims.values()):
            try:
                await desk.settle_all(batch.decided)
                if batch.outgoing:
                    sender = house.channels[lane.channel]
                    await sender.send(batch.outgoing, settle=desk.settle, crossing=desk.cross)
            except asyncio.CancelledError:
                await desk.release()
                raise
        return True
