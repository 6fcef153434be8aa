"""What all channels share: lanes, commits gathered into one, and the one that sends nothing."""

from collections.abc import Sequence

import pytest

from notices.channels import Channel
from notices.channels.lanes import through_lanes
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
