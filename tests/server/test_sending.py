"""The sender of pushes beside the house: what it promises beyond any other line (tests/notices/test_push_http2.py)."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from notices.channels.push.transport import Route
from notices.channels.webpush import WebPushChannel
from notices.outcomes import Gone, Later, Sent
from server.sending.beside import Beside
from server.sending.frames import Frame, Hand, Handed, Prepare, Unpacking, packed
from tests.h2sink import H2Sink, h2sink
from tests.notices.letters import Ledger
from tests.notices.test_push_http2 import numbered, opened, to, under_way


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[H2Sink]:
    async with h2sink(tmp_path) as sink:
        yield sink


class House:
    """A channel whose line leads to a sender."""

    def __init__(self, sink: H2Sink) -> None:
        self.lines: list[Beside] = []
        self.channel: WebPushChannel = opened(sink, seconds=8.0, line=self._line)

    def _line(self, *given: object) -> Beside:
        self.lines.append(Beside(*given, most=2))  # type: ignore[arg-type, misc]
        return self.lines[-1]

    @property
    def sender(self) -> int:
        """The first of them."""
        return self.senders[0]

    @property
    def senders(self) -> Sequence[int]:
        [line] = self.lines
        return line.pids


@pytest.fixture
async def house(sink: H2Sink) -> AsyncIterator[House]:
    house = House(sink)
    yield house
    await house.channel.close()


async def test_what_leaves_by_the_sender_opens_and_no_key_is_used_twice(sink: H2Sink, house: House) -> None:
    pressing = to(sink, *numbered("q", 20), emergency=True)
    assert await house.channel.prepare([each.to for each in pressing]) == 20
    outcomes = await Ledger().take(house.channel, *to(sink, *numbered("p", 300)), *pressing)
    assert outcomes == [Sent(201)] * 320
    assert await house.channel.prepare([each.to for each in pressing]) == 20, (
        "each emergency has used its key"
    )
    said = await sink.report()
    assert (said["http2"], said["opened"], said["points"], said["refused"]) == (320, 320, 320, {})


async def test_each_answer_comes_back_as_what_it_was(sink: H2Sink, house: House) -> None:
    first, odd, last = to(sink, "s410-a", "hanako", "s503-b")
    odd = replace(odd, to=replace(odd.to, p256dh="no key"))
    outcomes = await Ledger().take(house.channel, first, odd, last)
    assert outcomes == [Gone(410, "unsubscribed"), Gone(None, "keys-refused"), Later(503, "service-trouble")]


async def test_a_sender_that_is_killed_is_followed_by_another_and_loses_nothing(
    sink: H2Sink, house: House
) -> None:
    await Ledger().take(house.channel, *to(sink, "first"))
    taking = asyncio.create_task(Ledger().take(house.channel, *to(sink, *numbered("late300-", 40))))
    await under_way(house.channel, 40)
    before = house.sender
    os.kill(before, signal.SIGKILL)
    assert await taking == [Sent(201)] * 40
    assert house.sender != before


async def test_a_sender_that_has_its_hands_full_shares_them_with_a_second_and_emergencies_stay_where_their_keys_are(
    sink: H2Sink, house: House
) -> None:
    pressing = to(sink, *numbered("q", 20), emergency=True)
    await Ledger().take(house.channel, *to(sink, *numbered("late0-", 100)))
    assert len(house.senders) == 1, "few need no second"
    assert await house.channel.prepare([each.to for each in pressing]) == 20
    outcomes = await Ledger().take(house.channel, *to(sink, *numbered("p", 800)), *pressing)
    assert outcomes == [Sent(201)] * 820
    assert len(house.senders) == 2
    assert await house.channel.prepare([each.to for each in pressing]) == 20, "each has used its key"


@pytest.mark.parametrize("which", [0, 1])
async def test_one_of_two_senders_that_is_killed_loses_nothing_of_what_either_has(
    sink: H2Sink, house: House, which: int
) -> None:
    await Ledger().take(house.channel, *to(sink, *numbered("p", 800)))
    before = list(house.senders)
    taking = asyncio.create_task(Ledger().take(house.channel, *to(sink, *numbered("late500-", 400))))
    await under_way(house.channel, 400)
    os.kill(before[which], signal.SIGKILL)
    assert await taking == [Sent(201)] * 400
    assert house.senders[1 - which] == before[1 - which]


async def test_a_sender_that_is_asked_to_stop_with_its_house_finishes_what_it_has(
    sink: H2Sink, house: House
) -> None:
    await Ledger().take(house.channel, *to(sink, "first"))
    before = house.sender
    taking = asyncio.create_task(Ledger().take(house.channel, *to(sink, *numbered("late200-", 20))))
    await under_way(house.channel, 20)
    os.kill(before, signal.SIGTERM)
    assert await taking == [Sent(201)] * 20
    assert house.sender == before


_HOUSE = """
import asyncio
from notices.channels.push.transport import Bounds
from server.sending.beside import Beside

async def main():
    line = Beside(print, Bounds(5.0, None))
    await line.prepare([])
    print(*line.pids, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_house_that_is_killed_leaves_no_sender_behind() -> None:
    house = await asyncio.create_subprocess_exec(sys.executable, "-c", _HOUSE, stdout=asyncio.subprocess.PIPE)
    assert house.stdout is not None
    sender = int(await house.stdout.readline())
    house.kill()
    await house.wait()
    async with asyncio.timeout(10):
        while _runs(sender):  # noqa: ASYNC110 - another process ends
            await asyncio.sleep(0.01)


def _runs(pid: int) -> bool:
    """One that has ended and that nobody has asked about is a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_frames_are_the_same_however_the_bytes_are_cut() -> None:
    route = Route("https://push.example", "https", "push.example", 443, ("192.0.2.1", "2001:db8::1"))
    posts = [Handed(number, f"/{number}", "key", "auth", 0, 0, True, False) for number in range(3)]
    said: list[Frame] = [Hand(route, [("TTL: 1",)], [b"\x00\xff" * 40], posts), Prepare([("a", "b", "c")])]
    whole = b"".join(map(packed, said))
    for at in range(len(whole)):
        unpacking = Unpacking()
        assert [*unpacking.take(whole[:at]), *unpacking.take(whole[at:])] == said
