"""One timer gives all lines their signs of life, and ends each at its time."""

import asyncio
from typing import Any

import pytest

from server.live.beats import Beats
from server.live.lines import Line


class Wire(asyncio.Transport):
    """A socket that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: asyncio.Queue[bytes] = asyncio.Queue()
        self.closed = asyncio.Event()

    def write(self, data: Any) -> None:
        self.written.put_nowait(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.closed.is_set()

    def close(self) -> None:
        self.closed.set()


class Board:
    def look_again(self, line: Line) -> None: ...
    def hung_up(self, line: Line) -> None: ...


def line(seconds: float) -> tuple[Line, Wire]:
    wire = Wire()
    made = Line(Board(), "hana", "device", asyncio.get_running_loop().time() + seconds)
    made.connection_made(wire)
    return made, wire


@pytest.mark.slow
async def test_lines_that_begin_at_different_times_all_get_their_signs_and_their_end() -> None:
    beats, now = Beats(lambda: 0.1), asyncio.get_running_loop().time()
    early, late = line(0.8), line(30)
    async with asyncio.timeout(20):
        beats.add(early[0], now)
        assert [await early[1].written.get() for _ in range(2)] == [b":\n\n"] * 2
        beats.add(late[0], now + 0.05)
        await early[1].closed.wait()
        assert [await late[1].written.get() for _ in range(12)] == [b":\n\n"] * 12
    assert not late[1].is_closing()


async def test_the_timer_rests_when_nobody_is_left_and_begins_anew() -> None:
    beats = Beats(lambda: 0.1)
    async with asyncio.timeout(20):
        for _ in range(2):
            made, wire = line(30)
            beats.add(made, 0)
            await wire.written.get()
            wire.close()
            while beats._due:  # noqa: ASYNC110  it says to nobody that it rests
                await asyncio.sleep(0.01)
