"""Who writes next on SQLite: an emergency before the others, nobody overtaken for ever, nobody forgotten."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.queue import KEPT, OVERTAKEN, Queue


async def soon() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Counter:
    """Notes who had a turn."""

    def __init__(self, patience: float = 60) -> None:
        self.queue, self.served = Queue(patience), list[str]()

    async def come(self, name: str, *, first: bool = False) -> None:
        async with self.queue.turn(first=first):
            self.served.append(name)

    def comes(self, name: str, *, first: bool = False) -> asyncio.Task[None]:
        return asyncio.create_task(self.come(name, first=first))


async def test_an_emergency_waits_for_whoever_writes_and_for_nobody_else() -> None:
    here = Counter()
    async with here.queue.turn(first=False):
        tasks = [here.comes("mail"), here.comes("ledgers"), here.comes("push", first=True)]
        await soon()
        assert here.served == []
    await asyncio.gather(*tasks)
    assert here.served == ["push", "mail", "ledgers"]
    await here.come("again")


async def test_behind_a_press_the_turns_are_for_its_emergency_alone() -> None:
    here = Counter()
    async with here.queue.turn(first=False):
        tasks = [here.comes("ledgers")]
        await soon()
        here.queue.keep()
    tasks.append(here.comes("chores"))
    await soon()
    assert here.served == []
    for push in ("push", "another"):
        await here.come(push, first=True)
        await soon()
    await asyncio.gather(*tasks)
    assert here.served == ["push", "another", "ledgers", "chores"]


async def test_where_no_emergency_comes_the_others_do_not_wait_for_long() -> None:
    here = Counter(patience=KEPT * 20)
    async with here.queue.turn(first=False):
        tasks = [here.comes("ledgers")]
        await soon()
        here.queue.keep()
    await asyncio.gather(*tasks, here.come("late"))
    assert here.served == ["ledgers", "late"]


async def test_nobody_is_overtaken_for_ever() -> None:
    here = Counter()
    async with here.queue.turn(first=False):
        tasks = [here.comes("mail")] + [here.comes(f"push {n}", first=True) for n in range(OVERTAKEN + 2)]
        await soon()
    await asyncio.gather(*tasks)
    assert here.served.index("mail") == OVERTAKEN


async def test_whoever_has_waited_too_long_is_told_and_the_next_has_the_turn() -> None:
    here = Counter(patience=0.05)
    async with here.queue.turn(first=False):
        with pytest.raises(PoolTimeout):
            await here.come("too late")
    await here.come("next")
    assert here.served == ["next"]


@pytest.mark.parametrize("moment", ["waiting", "as it is called", "before it is called"])
async def test_whoever_gives_up_keeps_nobody_from_a_turn(moment: str) -> None:
    here = Counter()
    async with here.queue.turn(first=False):
        gone, stays = here.comes("gone", first=True), here.comes("stays")
        await soon()
        if moment == "waiting":
            gone.cancel()
            await soon()
        if moment == "before it is called":
            gone.cancel()
    if moment == "as it is called":
        gone.cancel()
    async with asyncio.timeout(10):
        await stays
        with suppress(asyncio.CancelledError):
            await gone
        await here.come("next")
    assert here.served == ["stays", "next"]
