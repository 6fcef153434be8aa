"""Group commit: who shares a transaction, and what becomes of those who wait when the process ends."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from server.together import Together


async def test_whoever_comes_meanwhile_shares_the_next_one() -> None:
    batches: list[Sequence[int]] = []

    async def work(items: Sequence[int]) -> Sequence[int]:
        batches.append(items)
        await asyncio.sleep(0)
        return [item * 2 for item in items]

    together = Together[int, int](work)
    assert await asyncio.gather(*(together(item) for item in range(4))) == [0, 2, 4, 6]
    assert [list(batch) for batch in batches] == [[0, 1, 2, 3]]


async def test_before_it_begins_others_may_come_for_a_few_turns_of_the_loop() -> None:
    batches: list[Sequence[int]] = []

    async def work(items: Sequence[int]) -> Sequence[int]:
        batches.append(items)
        return items

    async def later(turns: int, item: int) -> int:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await together(item)

    together = Together[int, int](work, turns=4)
    await asyncio.gather(together(0), later(1, 1), later(3, 2))
    assert [list(batch) for batch in batches] == [[0, 1, 2]]

    batches.clear()
    # A stream of them that never ends keeps nobody: after four turns it begins with those who are there.
    await asyncio.gather(*(later(turn, turn) for turn in range(20)))
    assert max(len(batch) for batch in batches) < 8
    assert sum(len(batch) for batch in batches) == 20


async def test_when_the_process_ends_nobody_waits_for_a_commit_that_never_comes() -> None:
    begun = asyncio.Event()

    async def work(items: Sequence[int]) -> Sequence[int]:
        begun.set()
        await asyncio.sleep(3600)
        return items

    together = Together[int, int](work, most=1)
    waiting = [asyncio.create_task(together(item)) for item in range(2)]
    await begun.wait()
    for task in asyncio.all_tasks() - {*waiting}:
        if task is not asyncio.current_task():
            task.cancel()
    async with asyncio.timeout(5):
        for task in waiting:
            with suppress(asyncio.CancelledError):
                await task
    assert all(task.cancelled() for task in waiting)


async def test_and_whoever_still_has_something_to_write_gets_a_transaction_of_their_own() -> None:
    hang = True

    async def work(items: Sequence[int]) -> Sequence[int]:
        if hang:
            await asyncio.sleep(3600)
        return items

    together = Together[int, int](work)
    first = asyncio.create_task(together(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    lane = next(task for task in asyncio.all_tasks() if task not in (first, asyncio.current_task()))
    lane.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    hang = False
    async with asyncio.timeout(5):
        assert await together(2) == 2
