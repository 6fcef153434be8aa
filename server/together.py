"""Group commit: whoever comes while a transaction runs shares the next one, and waits until it is committed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Together(Generic[Item, Result]):
    """`work` gets items that are waiting and returns a result for each, in order; what it raises, all of them get.

    It gets all of them, or as many as weigh `most` together (always one). `lanes`: how many run at a time.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        weigh: Callable[[Item], int] = lambda _: 1,
        most: int | None = None,
        lanes: int = 1,
    ) -> None:
        self._work = work
        self._weigh, self._most, self._lanes = weigh, most, lanes
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How much has not begun."""
        return sum(self._weigh(item) for item, _ in self._waiting)

    async def __call__(self, item: Item) -> Result:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._running) < self._lanes:
            lane = asyncio.create_task(self._run())
            self._running.add(lane)
        return await future

    async def _run(self) -> None:
        lane = asyncio.current_task()
        assert lane is not None
        batch: Sequence[tuple[Item, asyncio.Future[Result]]] = ()
        try:
            while batch := self._next():
                try:
                    results = await self._work([item for item, _ in batch])
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
            raise
        finally:
            # At once, not when the task is done: whoever comes in between would wait for nobody.
            self._running.discard(lane)

    def _next(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        weight, count = 0, 0
        for item, _ in self._waiting:
            weight += self._weigh(item)
            if self._most is not None and weight > self._most and count:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch
