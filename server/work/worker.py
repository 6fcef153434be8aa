"""The worker: does what is due, plans what is published, delivers what is planned. All its work is rows.

One engine for both databases, inside `kairan serve` on SQLite and in any number of `kairan work` on PostgreSQL.
Each kind of work has a loop of its own: what takes long in one keeps no emergency waiting in another.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from notices import deliver
from notices.deliver.in_hand import EXPRESS
from server.canary.keeper import Keeper
from server.house import House
from server.syncing import acks
from server.work import duties, ladders
from server.work.ahead import Ahead
from server.work.carriers import Carriers
from server.work.chores import Chores
from server.work.clerk import moment
from server.work.rehearsal import be_ready
from server.work.turns import BATCH, OTHERS

log = logging.getLogger("kairan.worker")

POLL: Final = 1.0
"""Seconds between looks at the database when nobody taps."""
DRAIN: Final = 30.0
"""Seconds a stopping worker takes for what is in flight."""
RECOVER_EVERY: Final = 5.0
LEDGERS_TOGETHER: Final = 1.0
"""Seconds between rounds of ledgers while anything leaves: a transaction costs nearly the same for three blocks as for fifty."""
SHARE: Final = 4
"""A look for open lanes that takes long is taken rarely: at most a fifth of the time goes into it."""
STAND_BACK: Final = 9
"""The same for ledgers while anything leaves: a tenth."""
LONG_LOOK: Final = 0.01
LONG_REST: Final = 0.8
"""Seconds between fifty blocks' ledgers and the next, at most: a town has thousands, and they waited for the database, too."""

Step = Callable[[], Awaitable[bool]]
"""True where there may be more to do at once."""


class Worker:
    def __init__(self, house: House, poll: float = POLL) -> None:
        self._house = house
        self._poll = poll
        self._carriers = Carriers(house)
        self._chores = Chores(house)
        self._ahead = Ahead(house)
        self._canaries = Keeper(house)
        self._recovered = float("-inf")
        self._planning: str | None = None
        """Of what urgency the last chunk was; None where nothing was left."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then what is in flight is finished, and nothing new is begun."""
        self._carriers.stop_with(stop)
        async with asyncio.TaskGroup() as loops:
            loops.create_task(be_ready(self._house))
            loops.create_task(self._tap_on(stop))
            loops.create_task(self._keep_at(stop, "lanes", self._look_for_lanes))
            loops.create_task(self._keep_at(stop, "recover", self._recover_and_tap))
            loops.create_task(self._keep_at(stop, "plan", self._plan_behind))
            loops.create_task(self._keep_at(stop, "due", self._due_apart))
            loops.create_task(self.write_acks_until(stop))
            loops.create_task(self._keep_at(stop, "ledgers", self._write_ledgers))
            loops.create_task(self._at_a_pace(stop, "ladder", self._climb))
            loops.create_task(self._at_a_pace(stop, "checkpoint", self._checkpoint))
            loops.create_task(self._keep_at(stop, "chores", self._do_chores))
            loops.create_task(self._keep_at(stop, "keys ahead", self._make_keys_ahead))
            loops.create_task(self._keep_at(stop, "canary", self._canaries.turn))
        await self._carriers.drain(DRAIN)
        await self._write_last_acks()
        await self._step("look again", self._chores.end)
        await self._step("canary", self._canaries.end)

    async def idle(self) -> None:
        """Works until nothing is due any more. For tests and for `demo --once`."""
        while await self.turn() or self._carriers:
            await self._carriers.one_is_done()

    async def turn(self) -> bool:
        """One look at everything; True where there was something to do."""
        await self._step("recover", self._recover)
        did = await self.write_acks()
        did |= await self._step("due", self._due)
        did |= await self._step("plan", self.plan)
        did |= await self._step("ladder", self._climb)
        await self._step("lanes", self._open_lanes)
        await self._step("chores", self._chores.turn)
        return did

    async def plan(self) -> bool:
        """The next chunk of the planning whose turn it is; True where there was one."""
        return await duties.plan_a_chunk(self._house)

    async def write_acks(self) -> bool:
        return await self._step("acks", self._write_acks)

    async def write_acks_until(self, stop: asyncio.Event) -> None:
        """A second's together: each transaction stands in the way of whoever writes and of the pulls behind it."""
        await self._at_a_pace(stop, "acks", self._write_gathered_acks)
        await self._write_last_acks()

    async def _keep_at(self, stop: asyncio.Event, name: str, step: Step) -> None:
        ear = self._house.wake.listen()
        while not stop.is_set():
            if not await self._step(name, step):
                await ear.wait(self._poll)
        self._house.wake.leave(ear)

    async def _plan_behind(self) -> bool:
        """What is planned already begins to leave first."""
        turns = self._carriers.turns
        if self._planning is None:
            await self._step("lanes", self._open_lanes)
        urgency = await duties.next_to_plan(self._house)
        if urgency is not None:
            if urgency != EXPRESS:
                await turns.let_pass(OTHERS, BATCH[OTHERS])
            if urgency != self._planning:
                await turns.stand_back()
        self._planning = urgency if urgency is not None and await self.plan() else None
        return self._planning is not None

    async def _climb(self) -> bool:
        return await ladders.climb(self._house)

    async def _checkpoint(self) -> bool:
        """Not in front of what begins to leave."""
        await self._carriers.turns.stand_back()
        await self._house.db.checkpoint()
        return False

    async def _do_chores(self) -> bool:
        """Not in front of what begins to leave."""
        await self._carriers.turns.stand_back()
        return await self._chores.turn()

    async def _at_a_pace(self, stop: asyncio.Event, name: str, step: Step) -> None:
        """One turn in each poll, whatever taps: a town is not asked again in one herd."""
        while not stop.is_set():
            await self._step(name, step)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._poll)

    async def _tap_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._house.wake.now()

    async def _step(self, name: str, step: Step) -> bool:
        """Trouble in one kind of work (a database that restarts, a bad row) leaves the other kinds alone."""
        try:
            return await step()
        except Exception as error:
            log.error("%s failed: %s", name, type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
            return False

    async def _due(self) -> bool:
        return await duties.do_all(self._house)

    async def _due_apart(self) -> bool:
        return await duties.do_all(self._house, but=duties.LEDGERS)

    async def _write_ledgers(self) -> bool:
        """They change with every message that leaves, a town's thousands of them: meanwhile now and then."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        wrote = await duties.write_ledgers(self._house)
        if self._carriers:
            rest = min((loop.time() - began) * STAND_BACK, LONG_REST)
            await asyncio.sleep(rest if wrote else LEDGERS_TOGETHER)
        return wrote

    async def _look_for_lanes(self) -> bool:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await self._carriers.open()
        if (took := loop.time() - began) > LONG_LOOK:
            await asyncio.sleep(min(took * SHARE, self._poll))
        return False

    async def _make_keys_ahead(self) -> bool:
        return not self._carriers and await self._ahead.turn()

    async def _open_lanes(self) -> bool:
        await self._carriers.open()
        return False

    async def _recover(self) -> bool:
        loop = asyncio.get_running_loop()
        if loop.time() - self._recovered < RECOVER_EVERY:
            return False
        self._recovered = loop.time()
        async with self._house.db.write() as session:
            return await deliver.recover(session, self._house.office, await moment(self._house, session)) > 0

    async def _recover_and_tap(self) -> bool:
        if await self._recover():
            self._house.wake.now()
        return False

    async def _write_gathered_acks(self) -> bool:
        for _ in range(self._house.acks.parts()):
            await self._write_acks()
        return False

    async def _write_last_acks(self) -> None:
        while await self.write_acks():
            pass

    async def _write_acks(self) -> bool:
        gathered = self._house.acks.take()
        if gathered:
            try:
                async with self._house.db.write() as session:
                    await acks.write(session, gathered, self._house.clock())
            except BaseException:
                self._house.acks.forget()
                raise
        return bool(gathered)


async def keep_writing_acks(house: House, stop: asyncio.Event) -> None:
    """For a server without a worker of its own: what phones tell in passing is told to this process alone."""
    await Worker(house).write_acks_until(stop)
