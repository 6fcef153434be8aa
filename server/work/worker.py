"""The worker: does what is due, plans what is published, delivers what is planned. All its work is rows.

One loop for both databases, inside `kairan serve` on SQLite and in any number of `kairan work` on PostgreSQL.
A lane (one destination) has a task of its own, so that a destination that hangs holds up nobody else.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from notices import amend, deliver, due, people, plan, publish, reach, rewriting
from notices.deliver import Opening
from notices.models import Due, Notice
from notices.projection import Touched, refresh
from notices.standing import seats_ever_held
from server.house import House
from server.syncing import acks
from server.work.chores import Chores
from server.work.desk import Desk, moment

log = logging.getLogger("kairan.worker")

POLL = 1.0
"""Seconds between looks at the database when nobody taps."""
DRAIN = 30.0
"""Seconds a stopping worker takes for what is in flight."""
RECOVER_EVERY = 5.0
DUE_AT_ONCE = 50
POSTPONE = timedelta(seconds=30)


class Worker:
    def __init__(self, house: House) -> None:
        self._house = house
        self._lanes: dict[Opening, asyncio.Task[None]] = {}
        self._recovered = float("-inf")
        self._stop = asyncio.Event()
        self._chores = Chores(house)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then what is in flight is finished, and nothing new is begun."""
        watch = asyncio.create_task(self._tap_on(stop))
        self._stop = stop
        while not stop.is_set():
            if not await self.turn():
                await self._house.wake.wait(POLL)
        watch.cancel()
        await self._drain()
        await self.write_acks()
        await self._step("look again", self._chores.end)

    async def _drain(self) -> None:
        """What is begun is finished, for a while; what is not goes back, due at once for the next worker."""
        if not self._lanes:
            return
        _, late = await asyncio.wait(self._lanes.values(), timeout=DRAIN)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def idle(self) -> None:
        """Works until nothing is due any more. For tests and for `demo --once`."""
        while await self.turn() or self._lanes:
            if self._lanes:
                await asyncio.wait(self._lanes.values(), return_when=asyncio.FIRST_COMPLETED)

    async def turn(self) -> bool:
        """One look at everything; True where there was something to do."""
        await self._step("recover", self._recover)
        did = await self.write_acks()
        did |= await self._step("due", self._do_all_due)
        did |= await self._step("plan", self.plan)
        await self._step("lanes", self._open_lanes)
        await self._step("chores", self._chores.turn)
        return did

    async def _tap_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._house.wake.now()

    async def _step(self, name: str, step: Callable[[], Awaitable[bool]]) -> bool:
        """Trouble in one kind of work (a database that restarts, a bad row) leaves the other kinds alone."""
        try:
            return await step()
        except Exception as error:
            self._note(name, error)
            return False

    def _note(self, name: str, error: Exception) -> None:
        log.error("%s failed: %s", name, type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))

    async def _recover(self) -> bool:
        loop = asyncio.get_running_loop()
        if loop.time() - self._recovered < RECOVER_EVERY:
            return False
        self._recovered = loop.time()
        async with self._house.db.write() as session:
            return await deliver.recover(session, self._house.office, await moment(self._house, session)) > 0

    async def write_acks(self) -> bool:
        return await self._step("acks", self._write_acks)

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

    async def _do_all_due(self) -> bool:
        """As many as are due, up to a bound, so that a town's debounced ledgers do not starve the plan."""
        done = 0
        while done < DUE_AT_ONCE and await self._do_due():
            done += 1
        return done > 0

    async def _do_due(self) -> bool:
        """One piece in one transaction: the row goes with its effect, or stays."""
        now = self._house.clock()
        async with self._house.db.read() as session:
            piece = await due.oldest(session, now)
        if piece is None:
            return False
        try:
            async with self._house.db.write() as session:
                await self._do(session, piece, now)
        except Exception as error:
            self._note("due " + piece.kind, error)
            async with self._house.db.write() as session:
                await due.postpone(session, piece.tenant, piece.kind, piece.subject, now + POSTPONE)
        return True

    async def _do(self, session: AsyncSession, piece: Due, now: datetime) -> None:
        # The notice before the row that is due, as whoever presses a button locks them in this order.
        notice: Notice | None = None
        if piece.kind in ("publish", "expire"):
            notice = await session.get(Notice, (piece.tenant, piece.subject), with_for_update=True)
        if not await due.take(session, piece, now):
            return
        if piece.kind == "reach":
            await reach.write(session, piece.tenant, piece.subject)
        elif piece.kind == rewriting.KIND:
            await rewriting.rewrite(session, self._house.keys.vault, piece.tenant, piece.subject, now)
        elif piece.kind == "term":
            seats = await seats_ever_held(session, piece.tenant, piece.subject)
            touched = Touched(people={piece.subject}, seats=seats)
            await refresh(session, self._house.keys.vault, piece.tenant, touched, now)
            await people.await_next_turn(session, piece.tenant, piece.subject, now)
        elif notice is not None:
            await (publish.publish if piece.kind == "publish" else amend.expire)(session, notice, now)

    async def plan(self) -> bool:
        """The next chunk of the planning that has waited longest; True where there was one."""
        now = self._house.clock()
        key: tuple[str, str, int] | None = None
        try:
            async with self._house.db.write() as session:
                planning = await plan.next_open(session, now)
                if planning is not None:
                    key = (planning.tenant, planning.notice, planning.revision)
                    await plan.chunk(session, planning, now)
                    await reach.changed(session, planning.tenant, planning.notice, now)
        except Exception as error:
            if key is None:
                raise
            self._note("plan", error)
            async with self._house.db.write() as session:
                await plan.postpone(session, key, now)
        return key is not None

    async def _open_lanes(self) -> bool:
        async with self._house.db.read() as session:
            lanes = await deliver.open_lanes(session, self._house.clock())
        for lane in lanes:
            if lane not in self._lanes and lane.channel in self._house.channels and not self._stop.is_set():
                task = self._lanes[lane] = asyncio.create_task(self._serve(lane))
                task.add_done_callback(partial(self._close, lane))
        return bool(lanes)

    def _close(self, lane: Opening, _done: asyncio.Task[None]) -> None:
        self._lanes.pop(lane, None)
        self._house.wake.now()

    async def _serve(self, lane: Opening) -> None:
        while not self._stop.is_set():
            try:
                if not await self._serve_batch(lane):
                    return
            except Exception as error:
                log.error("lane of %s failed: %s", lane.channel, type(error).__name__)
                await asyncio.sleep(POLL)
                return

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
        desk = Desk(house, batch, self._stop)
        async with desk.keeping_the_lease():
            try:
                for id, outcome in batch.decided:
                    await desk.settle(id, outcome)
                if batch.outgoing:
                    sender = house.channels[lane.channel]
                    await sender.send(batch.outgoing, settle=desk.settle, crossing=desk.cross)
            except asyncio.CancelledError:
                await desk.release()
                raise
        return True


async def keep_writing_acks(house: House, stop: asyncio.Event) -> None:
    """For a server without a worker of its own: what phones tell in passing is told to this process alone."""
    worker = Worker(house)
    while not stop.is_set():
        await worker.write_acks()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLL)
    await worker.write_acks()
