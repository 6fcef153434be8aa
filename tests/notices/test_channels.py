"""What all channels share: lanes, commits gathered into one, and the one that sends nothing."""

import asyncio
from collections.abc import Collection, Sequence

import pytest

from notices.channels import Channel
from notices.channels.lanes import Gathered, through_lanes
from notices.channels.memory import MemoryChannel
from notices.outcomes import Gone, Later, Outcome, Sent
from tests.notices.letters import Ledger, mail, mails


async def test_the_memory_channel_keeps_what_it_got_and_sends_nothing() -> None:
    channel = MemoryChannel("mail")
    as_channel: Channel = channel
    assert await Ledger(not_ours={"message-1"}).take(as_channel, *mails(3)) == [
        Sent(250),
        Later(None, "lease-lost"),
        Sent(250),
    ]
    assert [message.id for message in channel.kept] == ["message-0", "message-2"]


async def test_the_memory_channel_can_be_told_what_to_answer() -> None:
    channel = MemoryChannel("push", lambda _: Gone(410, "unsubscribed"))
    ledger = Ledger()
    assert await ledger.take(channel, mail(1)) == [Gone(410, "unsubscribed")]
    assert (list(channel.kept), ledger.crossed) == ([], [])


async def test_callers_that_come_while_a_commit_runs_share_the_next_one() -> None:
    commits: list[list[str]] = []
    first_began, first_may_end = asyncio.Event(), asyncio.Event()

    async def commit(ids: Sequence[str]) -> Collection[str]:
        commits.append(list(ids))
        first_began.set()
        await first_may_end.wait()
        return [id for id in ids if id != "c"]

    gathered = Gathered(commit)
    first = asyncio.create_task(gathered("a"))
    await first_began.wait()
    rest = [asyncio.create_task(gathered(id)) for id in "bcd"]
    await asyncio.sleep(0)
    first_may_end.set()
    assert await asyncio.gather(first, *rest) == [True, True, False, True]
    assert commits == [["a"], ["b", "c", "d"]]


async def test_a_commit_that_fails_fails_for_its_own_callers_only() -> None:
    async def commit(ids: Sequence[str]) -> Collection[str]:
        if "bad" in ids:
            raise RuntimeError("database is locked")
        return ids

    gathered = Gathered(commit)
    with pytest.raises(RuntimeError):
        await gathered("bad")
    assert await gathered("good")


async def test_an_error_while_settling_is_raised_after_everything_has_left() -> None:
    sent: list[str] = []

    async def send_one(message: object) -> Outcome:
        sent.append(getattr(message, "id", ""))
        return Sent(250)

    async def settle(answers: Sequence[tuple[str, Outcome]]) -> None:
        if "message-0" in dict(answers):
            raise RuntimeError("database is locked")

    with pytest.raises(RuntimeError, match="locked"):
        await through_lanes(mails(5), slots=2, send_one=send_one, settle=settle)
    assert len(sent) == 5
