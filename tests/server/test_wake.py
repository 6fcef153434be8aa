"""A tap is heard; and whoever is cancelled while it comes ends all the same."""

import asyncio

import pytest

from server.work.wake import Wake


@pytest.mark.parametrize("rounds", range(5))
async def test_whoever_is_cancelled_just_when_they_are_tapped_goes_home(rounds: int) -> None:
    """`asyncio.wait_for` of Python 3.11 loses a cancellation that comes together with what is waited for."""
    wake = Wake()
    ear = wake.listen()

    async def listen() -> None:
        while True:
            await ear.wait(3600)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.01)
    wake.now()
    for _ in range(rounds):
        await asyncio.sleep(0)
    listening.cancel()
    await asyncio.wait([listening], timeout=1)
    assert listening.cancelled()
