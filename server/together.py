"""Group commit: whoever comes while a transaction runs shares the next one, and waits until it is committed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
LONGEST_WAIT: Final = 0.01
"""Seconds."""
QUIET: Final = 2
"""Turns of the loop in which nobody came: then nobody is on the way."""


class Together(Generic[Item, Result]):
    """`work` gets items that are waiting and returns a result for each, in order; what it raises, all of them get.

    It gets all of them, or as many as weigh `most` together (always one). `lanes`: how many run at a time.
    `company`: for this share of what the last one took the next waits for others, at most LONGEST_WAIT, and no longer
    than until as many are there as were let go on of late: these are soon back, and a transaction costs nearly the same
    for five as for fifty.
    `turns`: before each, so many turns of the loop at most are for others who are about to come, fewer when nobody
    does. It is no wait: a loop that has nothing else to do goes through them in microseconds.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        weigh: Callable[[Item], int] = lambda _: 1,
        most: int | None = None,
        lanes: int = 1,
        company: float = 0.0,
        turns: int = 0,
    ) -> None:
        self._work = work
        self._turns = turns
        self._weigh, self._most, self._lanes = weigh, most, lanes
        self._company, self._took, self._expected = company, 0.0, 0
        self._enough = asyncio.Event()
        self._weight = 0
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How much has not begun."""
        return self._weight

    async def __call__(self, item: Item) -> Result:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._weight += self._weigh(item)
        if self._weight >= self._expected:
            self._enough.set()
        if len(self._running) < self._lanes:
            lane = asyncio.create_task(self._run())
            self._running.add(lane)
        return await future

    async def _run(self) -> None:
        lane = asyncio.current_task()
        assert lane is not None
        batch: Sequence[tuple[Item, asyncio.Future[Result]]] = ()
        try:
            while self._waiting:
                await self._wait_for_company()
                await self._let_others_come()
                batch = self._next()
                try:
                    results = await self._timed([item for item, _ in batch])
                except Exception as error:
                    for _, future in batch:
                        if not future.done():
                            future.set_exception(error)
                else:
                    for (_, future), result in zip(batch, results, strict=True):
                        if not future.done():
                            future.set_result(result)
        except asyncio.CancelledError:
            # A process that ends: nobody is to wait for a commit that never comes.
            for _, future in (*batch, *self._waiting):
                future.cancel()
            self._waiting.clear()
            self._weight = 0
            raise
        finally:
            # At once, not when the task is done: whoever comes in between would wait for nobody.
            self._running.discard(lane)

    async def _wait_for_company(self) -> None:
        if self._company and self._weight < self._expected:
            self._enough.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(self._took * self._company, LONGEST_WAIT)):
                    await self._enough.wait()

    async def _let_others_come(self) -> None:
        there, quiet = len(self._waiting), 0
        for _ in range(self._turns):
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(self._waiting) == there else 0
            if quiet == QUIET:
                return
            there = len(self._waiting)

    async def _timed(self, items: Sequence[Item]) -> Sequence[Result]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await self._work(items)
        finally:
            self._took = loop.time() - began

    def _next(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        weight, count = 0, 0
        for item, _ in self._waiting:
            weight += self._weigh(item)
            if self._most is not None and weight > self._most and count:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        gone = sum(self._weigh(item) for item, _ in batch)
        self._weight -= gone
        # A peak that fades: who comes a little late is not for ever one of a second group.
        self._expected = max(gone, self._expected * 3 // 4)
        return batch
