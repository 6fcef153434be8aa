"""PIPELINING (RFC 2920) on real sockets: what travels together, and what becomes of it when the server falters."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvloop

from notices.channels.smtp_opening import Timeouts
from notices.channels.smtp_pool import Bounds
from notices.outcomes import Gone, Later, Outcome, Sent, Unknown
from server.sinks.mail import MailSink
from tests.notices.letters import Ledger, mail, mails
from tests.notices.smtp_servers import DROP, SILENCE, ScriptedServer, certificate, listening, serving
from tests.notices.test_mail import channel_to

LONG = Timeouts(connect=5, command=5, data=5, end=5, patience=5)
ONE = Bounds(per_lane=1, lane_reserve=0)


@dataclass
class Chunks:
    """A server that notes what comes in one piece, and answers all of it only when it has the last command of a group."""

    offers: bytes
    chunks: list[bytes] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        await reader.readline()
        writer.write(self.offers)
        while chunk := await reader.read(100_000):
            self.chunks.append(chunk)
            writer.write(b"".join(map(self._answer, self._commands(chunk))))

    def _commands(self, chunk: bytes) -> list[bytes]:
        _content, dot, rest = chunk.rpartition(b"\r\n.\r\n")
        return [b"."] * bool(dot) + rest.splitlines()

    def _answer(self, command: bytes) -> bytes:
        return {b"DATA": b"354 go\r\n", b"QUIT": b"221 bye\r\n"}.get(command, b"250 ok\r\n")

    def shapes(self) -> list[str]:
        """Of each piece, the first letters of its commands; a dot for a message."""
        return ["".join(chr(each[0]) for each in self._commands(chunk)) for chunk in self.chunks]


@asynccontextmanager
async def chunks(offers: bytes) -> AsyncIterator[tuple[Chunks, str]]:
    server = Chunks(offers)
    async with serving(server.talk) as port:
        yield server, f"smtp+plain://127.0.0.1:{port}"


async def test_a_group_is_one_write_and_the_next_travels_behind_the_final_dot() -> None:
    async with (
        chunks(b"250-here\r\n250 PIPELINING\r\n") as (server, url),
        channel_to(url, bounds=ONE) as channel,
    ):
        assert await Ledger().take(channel, *mails(3)) == [Sent(250)] * 3
    assert server.shapes()[:4] == ["MRD", ".MRD", ".MRD", "."]


async def test_without_the_offer_each_command_waits_for_its_reply() -> None:
    async with chunks(b"250 here\r\n") as (server, url), channel_to(url, bounds=ONE) as channel:
        assert await Ledger().take(channel, *mails(2)) == [Sent(250)] * 2
    assert server.shapes()[:8] == ["M", "R", "D", ".", "M", "R", "D", "."]


async def test_a_server_that_hangs_up_after_a_final_dot_leaves_one_doubt_and_the_message_behind_it_goes() -> (
    None
):
    def end(_message: bytes) -> bytes:
        return DROP if len(server.mails) == 1 else b"250 kept\r\n"

    server = ScriptedServer(pipelining=True, end=end)
    async with (
        listening(server),
        channel_to(f"smtp+plain://127.0.0.1:{server.port}", bounds=ONE) as channel,
    ):
        outcomes = await Ledger().take(channel, *mails(3))
    assert outcomes == [Unknown("unanswered"), Sent(250), Sent(250)]
    assert (len(server.mails), server.connections) == (3, 2)


@pytest.mark.slow
async def test_a_message_does_not_wait_behind_a_final_dot_that_is_not_answered() -> None:
    def end(message: bytes) -> bytes:
        return SILENCE if b"<person0@" in message else b"250 kept\r\n"

    server = ScriptedServer(pipelining=True, end=end)
    settled: list[str] = []

    class Ordered(Ledger):
        async def settle(self, answers: Sequence[tuple[str, Outcome]]) -> None:
            settled.extend(message for message, _ in answers)
            await super().settle(answers)

    patient = Timeouts(connect=5, command=5, data=5, end=1, patience=0.05)
    two = Bounds(per_lane=2, lane_reserve=0)
    async with (
        listening(server),
        channel_to(f"smtp+plain://127.0.0.1:{server.port}", bounds=two, timeouts=patient) as channel,
    ):
        outcomes = await Ordered().take(channel, *mails(20))
    assert outcomes == [Unknown("unanswered")] + [Sent(250)] * 19
    assert settled[-1] == "message-0"
    assert len(server.mails) == 20, "each message's content was sent once"


async def test_a_server_that_wants_a_message_for_nobody_gets_none() -> None:
    def rcpt(line: bytes) -> bytes:
        return b"550 5.1.1 unknown\r\n" if b"person0@" in line else b"250 ok\r\n"

    server = ScriptedServer(pipelining=True, rcpt=rcpt, lost=b"354 go\r\n")
    async with (
        listening(server),
        channel_to(f"smtp+plain://127.0.0.1:{server.port}", bounds=ONE) as channel,
    ):
        outcomes = await Ledger().take(channel, *mails(3))
    assert outcomes == [Gone(550, "mailbox-unknown"), Sent(250), Sent(250)]
    assert (len(server.mails), server.connections) == (2, 2)


async def test_a_reply_too_many_before_the_content_is_never_taken_for_its_answer() -> None:
    class Slow(Ledger):
        async def crossing(self, messages: Sequence[str]) -> Collection[str]:
            asked.set()
            await said.wait()
            return await super().crossing(messages)

    asked, said = asyncio.Event(), asyncio.Event()
    content: list[bytes] = []

    async def eager(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        await reader.readline()
        writer.write(b"250-here\r\n250 PIPELINING\r\n")
        await reader.readuntil(b"DATA\r\n")
        writer.write(b"250 ok\r\n250 ok\r\n354 go\r\n")
        await asked.wait()
        writer.write(b"250 kept\r\n")
        await writer.drain()
        asyncio.get_running_loop().call_later(0.05, said.set)
        with suppress(ConnectionError):
            content.append(await reader.read())

    async with (
        serving(eager) as port,
        channel_to(f"smtp+plain://127.0.0.1:{port}", timeouts=LONG) as channel,
    ):
        assert await Slow().take(channel, mail(1)) == [Later(None, "server-confused")]
    assert b"".join(content) == b"", "not a byte of the message"


async def test_a_reply_without_end_is_cut_off() -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"220 here\r\n")
        await reader.readline()
        writer.write(b"250 here\r\n")
        await reader.readline()
        while not writer.is_closing():
            writer.write(b"250-and another thing\r\n" * 1_000)
            sent += 23_000
            await writer.drain()

    async with (
        serving(endless) as port,
        channel_to(f"smtp+plain://127.0.0.1:{port}", timeouts=LONG) as channel,
    ):
        [outcome] = await Ledger().take(channel, mail(1))
    assert isinstance(outcome, Later)
    assert outcome.reason == "server-confused"
    assert sent < 50_000_000


async def test_at_most_eight_messages_of_a_lane_have_crossed_unsettled() -> None:
    most = 0

    class Counting(Ledger):
        async def crossing(self, messages: Sequence[str]) -> Collection[str]:
            nonlocal most
            await asyncio.sleep(0.002)
            ours = await super().crossing(messages)
            most = max(most, len(self.crossed) - len(self.outcomes))
            return ours

        async def settle(self, answers: Sequence[tuple[str, Outcome]]) -> None:
            await asyncio.sleep(0.002)
            await super().settle(answers)

    server = ScriptedServer(pipelining=True)
    ledger = Counting()
    async with (
        listening(server),
        channel_to(f"smtp+plain://127.0.0.1:{server.port}", timeouts=LONG) as channel,
    ):
        assert await ledger.take(channel, *mails(240)) == [Sent(250)] * 240
    assert 0 < most <= 8


async def test_a_connection_carries_so_many_messages_and_is_then_replaced() -> None:
    server = ScriptedServer(pipelining=True)
    bounds = Bounds(per_lane=1, lane_reserve=0, per_connection=10)
    async with (
        listening(server),
        channel_to(f"smtp+plain://127.0.0.1:{server.port}", bounds=bounds) as channel,
    ):
        assert await Ledger().take(channel, *mails(40)) == [Sent(250)] * 40
        assert server.connections == 4
    assert len(server.mails) == 40


async def over_tls(serving: ssl.SSLContext, trusting: ssl.SSLContext) -> tuple[list[Outcome], MailSink]:
    sink = MailSink(tls=serving)
    await sink.start()
    async with channel_to(sink.url, tls=trusting, timeouts=LONG) as channel:
        outcomes = await Ledger().take(channel, *mails(60))
    return outcomes, sink


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_groups_arrive_whole_through_tls(tmp_path: Path, loop: Any) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        outcomes, sink = runner.run(over_tls(*certificate(tmp_path)))
        assert outcomes == [Sent(250)] * 60
        arrived = {kept.recipients[0]: kept.parsed["Message-ID"] for kept in sink.messages()}
        assert arrived == {f"person{n}@example.jp": f"<message-{n}@kairan.example.jp>" for n in range(60)}
        assert all("秋の清掃" in kept.body("html") for kept in sink.messages())
        runner.run(sink.close())


async def test_the_next_of_a_slot_asks_to_cross_while_the_last_is_settled_but_leaves_only_after_it() -> None:
    asked: list[str] = []
    both, let_go = asyncio.Event(), asyncio.Event()

    async def settle(answers: Sequence[tuple[str, Outcome]]) -> None:
        asked.extend(f"settle {id}" for id, _ in answers)
        if "message-0" in dict(answers):
            await let_go.wait()

    async def crossing(ids: Sequence[str]) -> Collection[str]:
        asked.extend(f"cross {id}" for id in ids)
        if "message-1" in ids:
            both.set()
        return ids

    async with (
        chunks(b"250-here\r\n250 PIPELINING\r\n") as (server, url),
        channel_to(url, bounds=ONE) as channel,
    ):
        sending = asyncio.create_task(channel.send(mails(2), settle=settle, crossing=crossing))
        await asyncio.wait_for(both.wait(), 5)
        assert asked == ["cross message-0", "settle message-0", "cross message-1"]
        assert "".join(server.shapes()).count(".") == 1, "only the first has left"
        let_go.set()
        await asyncio.wait_for(sending, 5)
    assert "".join(server.shapes()).count(".") == 2
    assert asked[3:] == ["settle message-1"]
