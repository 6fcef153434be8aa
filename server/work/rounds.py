"""One lane at work, batch after batch: claimed, looked at again, sent, settled."""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import NamedTuple

from notices import deliver
from notices.deliver import Claim, Opening
from notices.outcomes import Released
from server.house import House
from server.work import turns as ranks
from server.work.clerk import Clerk, moment
from server.work.desk import Desk
from server.work.pace import Pace
from server.work.turns import Turns


class Round:
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
            claims = await deliver.claim(
                session, house.office, lane.channel, lane.lane, now, express=lane.express, most=most
            )
        held = ExitStack()
        if not claims:
            return _Load(deliver.Batch(), held, full=False)
        self._turns.gets_on(self._rank)
        held.enter_context(self._clerk.holding(claims))
        try:
            return _Load(await self._looked_at(claims), held, full=len(claims) == most)
        except BaseException:
            with held:
                await self._clerk.settle([(claim, Released()) for claim in claims])
            raise

    async def _looked_at(self, claims: Sequence[Claim]) -> deliver.Batch:
        """In a transaction of its own that only reads: what is under way is settled meanwhile."""
        house = self._house
        async with house.db.read() as session:
            batch = await deliver.ready(session, house.office, claims, house.clock())
        if batch.fallen:
            async with house.db.write(first=self._lane.express) as session:
                await deliver.part(session, batch, house.clock())
        return batch

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
