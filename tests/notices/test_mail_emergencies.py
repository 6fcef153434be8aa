"""An emergency has slots that ordinary mail may not take, in its lane and over all connections."""

import asyncio
from collections.abc import Sequence

import pytest

from notices.channels.room import Room
from notices.channels.smtp_opening import Timeouts
from notices.channels.smtp_pool import Bounds
from notices.outcomes import Outcome, Sent
from tests.notices.letters import Ledger, mail, mails
from tests.notices.smtp_servers import SILENCE, ScriptedServer, listening
from tests.notices.test_mail import channel_to

PATIENT = Timeouts(connect=30, command=30, data=30, end=30, patience=30)


class Stalling(ScriptedServer):
    """Takes ordinary mail and never answers its final dot; `stalled` is set when `slots` messages hang so."""

    def __init__(self, slots: int) -> None:
        super().__init__(pipelining=True, end=self._end)
        self._slots = slots
        self.stalled = asyncio.Event()

    def _end(self, message: bytes) -> bytes:
        if b"<urgent@" in message:
            return b"250 kept\r\n"
        if len(self.mails) >= self._slots:
            self.stalled.set()
        return SILENCE


@pytest.mark.parametrize(
    ("bounds", "lanes", "stalled"),
    [
        pytest.param(Bounds(per_lane=4, lane_reserve=1), 1, 3, id="in its lane"),
        pytest.param(
            Bounds(per_lane=2, lane_reserve=1, in_all=5, reserve=1), 6, 4, id="over all connections"
        ),
    ],
)
async def test_an_emergency_leaves_while_every_other_slot_hangs(
    bounds: Bounds, lanes: int, stalled: int
) -> None:
    server = Stalling(stalled)
    ordinary = [mail(n, lane=f"lane-{n % lanes}") for n in range(40)]
    async with (
        listening(server),
        channel_to(f"smtp+plain://127.0.0.1:{server.port}", bounds=bounds, timeouts=PATIENT) as channel,
    ):
        hanging = asyncio.create_task(Ledger().take(channel, *ordinary))
        await asyncio.wait_for(server.stalled.wait(), 10)
        urgent = mail(100, to="urgent@example.jp", lane="lane-0", urgency="emergency")
        taken = await asyncio.wait_for(Ledger().take(channel, urgent), 10)
        assert len(server.mails) == stalled + 1, "ordinary mail took no slot of the emergency"
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
    assert taken == [Sent(250)]


async def test_an_emergency_overtakes_what_is_before_it_in_the_batch() -> None:
    settled: list[str] = []

    class Ordered(Ledger):
        async def settle(self, answers: Sequence[tuple[str, Outcome]]) -> None:
            settled.extend(message for message, _ in answers)
            await super().settle(answers)

    server = ScriptedServer(pipelining=True)
    one = Bounds(per_lane=1, lane_reserve=0)
    async with listening(server), channel_to(f"smtp+plain://127.0.0.1:{server.port}", bounds=one) as channel:
        await Ordered().take(channel, *mails(30), mail(100, urgency="emergency"))
    assert settled[0] == "message-100"
    assert len(settled) == 31


async def test_a_place_is_given_to_an_emergency_first_and_one_that_gave_up_waiting_takes_none() -> None:
    room = Room(1, 0)
    entered: list[str] = []

    async def enter(name: str, *, emergency: bool) -> None:
        async with room.place(emergency):
            entered.append(name)

    async with room.place(False):
        waiting = [
            asyncio.create_task(enter(name, emergency=emergency))
            for name, emergency in (("first", False), ("gone", False), ("second", False), ("urgent", True))
        ]
        await asyncio.sleep(0)
        assert room.wanted
        waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert entered == ["urgent", "first", "second"]
    assert not room.wanted
    async with room.place(False):
        entered.append("last")


async def test_a_place_given_in_the_moment_of_giving_up_goes_to_the_next() -> None:
    room = Room(1, 0)
    entered: list[int] = []

    async def enter(number: int) -> None:
        async with room.place(False):
            entered.append(number)

    async with room.place(False):
        waiting = [asyncio.create_task(enter(number)) for number in range(2)]
        await asyncio.sleep(0)
    waiting[0].cancel()  # it has been called in, and has not yet come
    await asyncio.gather(*waiting, return_exceptions=True)
    assert entered == [1]
