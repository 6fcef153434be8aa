"""Lanes at work: a task for each destination, so that one that hangs holds up nobody, and one for its emergencies."""

import asyncio
import logging
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import Final, NamedTuple

from notices import deliver
from notices.deliver import Opening
from server.house import House
from server.work import turns as ranks
from server.work.clerk import Clerk, moment
from server.work.desk import Desk
from server.work.pace import Pace
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
        round_ = _Round(self._house, self._clerk, self._stop, lane, self.turns)
        try:
            served = await round_.serve()
        except Exception as error:
            log.error("lane of %s failed: %s", lane.channel, type(error).__name__)
            served = False
        if not served and not self._stop.is_set():
            await asyncio.sleep(PAUSE)


def _key(lane: Opening) -> tuple[str, str]:
    return lane.channel, lane.lane


class _Round:
    """One lane, batch after batch: claim in one transaction, send in none, settle in others."""

    def __init__(self, house: House, clerk: Clerk, stop: asyncio.Event, lane: Opening, turns: Turns) -> None:
        self._house, self._clerk, self._stop, self._lane = house, clerk, stop, lane
        self._opening = ExitStack()
        """Until the first of its first batch are through, planning stands back."""
        self._opening.enter_context(turns.first())
        self._turns, self._rank = turns, ranks.rank(lane)
        turns.gets_on(self._rank)
        self._pace = Pace(lane.channel)
        self._ahead: asyncio.Task[_Load] | None = None
        self._carried: deque[_Carried] = deque()

    async def serve(self) -> bool:
        """Until nothing is due there; False where nothing was."""
        served = False
        try:
            while not self._stop.is_set():
                ahead, self._ahead = self._ahead, None
                load = await (ahead or self._claim())
                if not load.batch.claims:
                    break
                served = True
                half = asyncio.Event()
                self._carried.append(_Carried(load, asyncio.create_task(self._carry(load, half)), half))
                await self._until_the_next_may_go(load)
            while self._carried:
                await self._carried.popleft().task
        finally:
            self._opening.close()
            await self._call_off()
        return served

    async def _until_the_next_may_go(self, load: "_Load") -> None:
        """Where a channel itself counts what is under way, the next batch lies ready behind this one, or follows while the
        last of this one is away."""
        if len(self._carried) >= self._pace.together:
            await self._carried.popleft().task
        if self._carried and not (self._pace.steady and load.full):
            await self._carried[-1].half.wait()

    async def _call_off(self) -> None:
        for each in self._carried:
            each.task.cancel()
        await asyncio.gather(*(each.task for each in self._carried), return_exceptions=True)
        for each in self._carried:
            each.load.held.close()  # of one that had not even begun
        if self._ahead is not None:
            await self._give_back(self._ahead)

    async def _claim(self) -> "_Load":
        await self._turns.let_pass(self._rank, ranks.BATCH[self._rank])
        house, lane, most = self._house, self._lane, self._pace.most
        async with house.db.write(first=lane.express) as session:
            now = await moment(house, session)
            batch = await deliver.claim(
                session, house.office, lane.channel, lane.lane, now, express=lane.express, most=most
            )
        held = ExitStack()
        if batch.claims:
            self._turns.gets_on(self._rank)
            held.enter_context(self._clerk.holding(batch.claims.values()))
        return _Load(batch, held, full=len(batch.claims) == most)

    async def _carry(self, load: "_Load", half_is_settled: asyncio.Event) -> None:
        try:
            await self._sent(load, half_is_settled)
        finally:
            half_is_settled.set()

    async def _sent(self, load: "_Load", half_is_settled: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()

        def half() -> None:
            if self._pace.quick(2 * (loop.time() - began)) and load.full and not self._stop.is_set():
                if self._pace.together == 1:
                    self._ahead = asyncio.create_task(self._claim())
                half_is_settled.set()

        desk = Desk(self._clerk, load.batch, self._stop, half, self._heard)
        with load.held:
            try:
                await desk.settle(load.batch.decided)
                if load.batch.outgoing:
                    sender = self._house.channels[self._lane.channel]
                    await sender.send(
                        load.batch.outgoing, settle=desk.settle, crossing=partial(self._cross, desk)
                    )
            except asyncio.CancelledError:
                await desk.release()
                raise

    def _heard(self) -> None:
        self._opening.close()
        self._turns.gets_on(self._rank)

    async def _cross(self, desk: Desk, ids: Sequence[str]) -> Collection[str]:
        """What is in hand stands back here: an emergency finds a town's mails in the slots."""
        if self._rank == ranks.OTHERS:
            await self._turns.let_pass(self._rank, ranks.IN_HAND)
        return await desk.cross(ids)

    async def _give_back(self, ahead: "asyncio.Task[_Load]") -> None:
        """What was claimed and will not be sent after all."""
        with suppress(Exception):
            load = await ahead
            with load.held:
                await Desk(self._clerk, load.batch, self._stop).release()


class _Carried(NamedTuple):
    """A batch on its way; `half` is set when its successor has been asked for, or at the end."""

    load: "_Load"
    task: asyncio.Task[None]
    half: asyncio.Event


class _Load(NamedTuple):
    """A batch in hand; its leases are kept until `held` is closed."""

    batch: deliver.Batch
    held: ExitStack
    full: bool
