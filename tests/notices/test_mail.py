"""Mail on real sockets: the table of answers a mail server may give, and what we make of each."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from notices.channels.mail import MailChannel
from notices.channels.smtp_opening import Timeouts
from notices.channels.smtp_pool import Bounds
from notices.channels.smtp_replies import outcome_of
from notices.channels.smtp_url import Relay, relay_of
from notices.outcomes import Gone, Later, Outcome, Refused, Sent, Unknown
from server.sinks.mail import MailSink
from tests.notices.letters import NOW, Ledger, mail, mails
from tests.notices.smtp_servers import DROP, SILENCE, ScriptedServer, certificate, listening, serving

BRIEF = Timeouts(connect=0.3, command=0.3, data=0.3, end=0.3)


@asynccontextmanager
async def channel_to(url: str, **options: object) -> AsyncIterator[MailChannel]:
    arguments = {"timeouts": BRIEF} | options
    channel = MailChannel(
        relay_of(url),
        sender="kairan@example.jp",
        helo="kairan.example.jp",
        now=lambda: NOW,
        **arguments,  # type: ignore[arg-type]
    )
    try:
        yield channel
    finally:
        await channel.close()


async def answer(server: ScriptedServer, ledger: Ledger | None = None) -> Outcome:
    """The outcome of one message sent to that server."""
    async with listening(server), channel_to(f"smtp+plain://127.0.0.1:{server.port}") as channel:
        [outcome] = await (ledger or Ledger()).take(channel, mail(1))
    return outcome


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    sink = MailSink()
    await sink.start()
    yield sink
    await sink.close()


async def test_a_mail_reaches_its_one_recipient_with_the_explicit_sender(sink: MailSink) -> None:
    async with channel_to(sink.url) as channel:
        assert await Ledger().take(channel, mail(1)) == [Sent(250)]
    [kept] = sink.messages()
    assert (kept.sender, kept.recipients) == ("kairan@example.jp", ("person1@example.jp",))
    assert kept.parsed["Message-ID"] == "<message-1@kairan.example.jp>"
    assert "秋の清掃" in kept.body("html")


async def test_two_hundred_mails_travel_over_at_most_eight_connections(sink: MailSink) -> None:
    ledger = Ledger()
    async with channel_to(sink.url) as channel:
        assert await ledger.take(channel, *mails(200)) == [Sent(250)] * 200
        assert len(await ledger.take(channel, mail(200), mail(201))) == 2
    assert sink.connections <= 8
    assert sorted(sink.recipients()) == sorted(f"person{number}@example.jp" for number in range(202))


async def test_crossings_are_committed_before_the_final_dot(sink: MailSink) -> None:
    seen_before_dot: list[int] = []

    class Watching(Ledger):
        async def crossing(self, messages):  # type: ignore[no-untyped-def]
            await asyncio.sleep(0.01)
            seen_before_dot.append(sink.count)
            return await super().crossing(messages)

    ledger = Watching()
    async with channel_to(sink.url) as channel:
        await ledger.take(channel, *mails(64))
    assert seen_before_dot[0] == 0
    assert len(ledger.crossed) == 64


async def test_a_message_whose_lease_was_lost_does_not_leave(sink: MailSink) -> None:
    async with channel_to(sink.url) as channel:
        outcomes = await Ledger(not_ours={"message-1"}).take(channel, mail(0), mail(1), mail(2))
    assert outcomes == [Sent(250), Later(None, "lease-lost"), Sent(250)]
    assert sorted(sink.recipients()) == ["person0@example.jp", "person2@example.jp"]


async def test_a_database_that_cannot_record_the_crossing_stops_the_message(sink: MailSink) -> None:
    class Broken(Ledger):
        async def crossing(self, messages):  # type: ignore[no-untyped-def]
            raise RuntimeError("database is locked")

    async with channel_to(sink.url) as channel:
        assert await Broken().take(channel, mail(1)) == [Later(None, "lease-lost")]
    assert sink.count == 0


@pytest.mark.parametrize(
    ("stage", "reply", "expected"),
    [
        ("rcpt", b"550 5.1.1 unknown\r\n", Gone(550, "mailbox-unknown")),
        ("rcpt", b"550 no such user\r\n", Gone(550, "mailbox-unknown")),
        ("rcpt", b"550 5.7.1 policy\r\n", Refused(550, "mailbox-refused")),
        ("rcpt", b"552 5.2.2 full\r\n", Refused(552, "mailbox-refused")),
        ("rcpt", b"450 4.2.0 greylisted\r\n", Later(450, "mailbox-busy")),
        ("rcpt", b"451 4.3.0 try later\r\n", Later(451, "mailbox-busy")),
        ("rcpt", b"503 5.5.1 bad sequence\r\n", Later(503, "server-confused")),
        ("rcpt", b"250-ok\r\n550 no\r\n", Later(None, "server-confused")),
        ("rcpt", b"250-" + b"o" * 40_000, Later(None, "server-confused")),
        ("rcpt", b"354 what\r\n", Later(354, "server-confused")),
        ("rcpt", b"999 what\r\n", Later(999, "server-confused")),
        ("rcpt", b"hello there\r\n", Later(None, "server-confused")),
        ("rcpt", b"250 ok\r\n550 no\r\n", Later(None, "server-confused")),
        ("data", b"354 go\r\n250 kept\r\n", Later(None, "server-confused")),
        ("data", b"451 not now\r\n", Later(451, "server-busy")),
        ("data", b"554 5.7.1 spam\r\n", Refused(554, "content-refused")),
        ("end", b"452 4.3.1 disk\r\n", Later(452, "server-busy")),
        ("end", b"554 5.7.1 spam\r\n", Refused(554, "content-refused")),
        ("end", b"550 5.1.1 unknown\r\n", Gone(550, "mailbox-unknown")),
        ("rcpt", DROP, Later(None, "server-hung-up")),
        ("data", DROP, Later(None, "server-hung-up")),
        ("rcpt", SILENCE, Later(None, "server-silent")),
        ("data", SILENCE, Later(None, "server-silent")),
        ("end", DROP, Unknown("unanswered")),
        ("end", SILENCE, Unknown("unanswered")),
        ("end", b"354 what\r\n", Unknown("unanswered")),
        ("end", b"hello there\r\n", Unknown("unanswered")),
        ("end", b"250-kept\r\n550 no\r\n", Unknown("unanswered")),
        ("end", b"999 what\r\n", Unknown("unanswered")),
    ],
)
@pytest.mark.parametrize("pipelining", [True, False])
async def test_each_answer_of_a_mail_server_has_its_outcome(
    stage: str, reply: bytes, expected: Outcome, pipelining: bool
) -> None:
    ledger = Ledger()
    assert await answer(ScriptedServer(pipelining=pipelining, **{stage: reply}), ledger) == expected
    assert bool(ledger.crossed) == (stage == "end"), "only what sends its final dot has crossed"


async def test_a_server_that_hangs_up_during_the_commit_got_nothing_and_the_message_may_go_again() -> None:
    class Slow(Ledger):
        async def crossing(self, messages):  # type: ignore[no-untyped-def]
            await asyncio.sleep(0.05)
            return await super().crossing(messages)

    server = ScriptedServer(data=b"354 go\r\n" + DROP)
    assert await answer(server, Slow()) == Later(None, "server-hung-up")


@pytest.mark.parametrize(
    ("stage", "reply", "code", "reason"),
    [
        ("greeting", b"421 busy\r\n", 421, "server-closing"),
        ("greeting", b"554 no\r\n", 554, "server-closing"),
        ("greeting", DROP, None, "server-unreachable"),
        ("greeting", SILENCE, None, "server-silent"),
        ("greeting", b"2" * 40_000, -1, "server-confused"),
        ("mail", b"421 closing\r\n", 421, "server-closing"),
        ("mail", b"550 5.7.1 sender rejected\r\n", 550, "sender-refused"),
        ("mail", b"530 5.7.0 log in first\r\n", 530, "login-refused"),
        ("rcpt", b"421 closing\r\n", 421, "server-closing"),
        ("end", b"421 closing\r\n", 421, "server-closing"),
    ],
)
@pytest.mark.parametrize("pipelining", [True, False])
async def test_what_concerns_the_whole_server_shuts_the_lane_and_leaves_the_rest_untried(
    stage: str, reply: bytes, code: int | None, reason: str, pipelining: bool
) -> None:
    server = ScriptedServer(pipelining=pipelining, **{stage: reply})
    async with listening(server):
        url = f"smtp+plain://127.0.0.1:{server.port}"
        async with channel_to(url, bounds=Bounds(per_lane=1)) as channel:
            first, second, third = await Ledger().take(channel, *mails(3))
    assert isinstance(first, Later)
    assert (first.code, first.reason, first.whole_lane) == (code, reason, True)
    assert first.after is None or first.after.total_seconds() >= 60
    assert isinstance(second, Later)
    assert (second.reason, second.whole_lane) == ("lane-paused", True)
    assert second == third
    assert server.connections == 1


async def test_nobody_listening_is_later_not_never() -> None:
    async with channel_to("smtp+plain://127.0.0.1:1") as channel:
        [outcome] = await Ledger().take(channel, mail(1))
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.whole_lane) == ("server-unreachable", True)


@pytest.mark.parametrize("pipelining", [True, False])
async def test_one_refused_recipient_does_not_trouble_the_next_on_the_same_connection(
    pipelining: bool,
) -> None:
    def rcpt(line: bytes) -> bytes:
        return b"550 5.1.1 unknown\r\n" if b"person1@" in line else b"250 ok\r\n"

    server = ScriptedServer(pipelining=pipelining, rcpt=rcpt)
    async with (
        listening(server),
        channel_to(f"smtp+plain://127.0.0.1:{server.port}", bounds=Bounds(per_lane=1)) as channel,
    ):
        outcomes = await Ledger().take(channel, *mails(3))
    assert outcomes == [Sent(250), Gone(550, "mailbox-unknown"), Sent(250)]
    assert server.connections == 1
    assert server.lines.count(b"RSET") == 1
    assert len(server.mails) == 2


async def test_a_connection_that_died_while_idle_is_replaced_at_once() -> None:
    def hangs_up_on_the_second(line: bytes) -> bytes:
        return DROP if len(server.mails) == 1 and server.connections == 1 else b"250 ok\r\n"

    server = ScriptedServer(mail=hangs_up_on_the_second)
    async with listening(server), channel_to(f"smtp+plain://127.0.0.1:{server.port}") as channel:
        ledger = Ledger()
        assert await ledger.take(channel, mail(1)) == [Sent(250)]
        assert await ledger.take(channel, mail(2)) == [Sent(250)]
    assert server.connections == 2


@pytest.mark.parametrize("before", [b"", b"220 here\r\n250 here\r\n"], ids=["greeting", "reply to MAIL"])
async def test_a_slow_drip_of_a_reply_is_cut_off_by_the_stage_and_costs_one_slot_only(before: bytes) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        while not writer.is_closing():
            writer.write(b"2")
            await writer.drain()
            await asyncio.sleep(0.05)

    began = time.monotonic()
    async with serving(drip) as port, channel_to(f"smtp+plain://127.0.0.1:{port}") as channel:
        [outcome] = await Ledger().take(channel, mail(1))
    assert isinstance(outcome, Later)
    assert outcome.reason == "server-silent"
    assert time.monotonic() - began < 2


async def test_a_lane_that_has_every_connection_and_hangs_lends_some_to_the_others() -> None:
    def rcpt(line: bytes) -> bytes:
        return SILENCE if b"@slow.example.jp" in line else b"250 ok\r\n"

    server = ScriptedServer(pipelining=True, rcpt=rcpt)
    few = Bounds(per_lane=4, lane_reserve=0, in_all=4, reserve=0, lent=2)
    slow = [mail(n, to=f"p{n}@slow.example.jp", lane="slow.example.jp") for n in range(100, 104)]
    patient = Timeouts(command=30)
    async with (
        listening(server),
        channel_to(f"smtp+plain://127.0.0.1:{server.port}", bounds=few, timeouts=patient) as channel,
    ):
        hanging = asyncio.create_task(Ledger().take(channel, *slow))
        while server.connections < 4:  # noqa: ASYNC110 - the server is another's
            await asyncio.sleep(0.01)
        began = time.monotonic()
        assert await Ledger().take(channel, *mails(40)) == [Sent(250)] * 40
        assert time.monotonic() - began < 10, "long before the server would have to answer"
        assert server.connections == 6, "two are lent"
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)


@pytest.mark.parametrize("pipelining", [True, False])
async def test_a_lane_that_hangs_after_the_final_dot_does_not_hold_up_another_lane(pipelining: bool) -> None:
    def end(message: bytes) -> bytes:
        return SILENCE if b"@slow.example.jp" in message else b"250 kept\r\n"

    server = ScriptedServer(pipelining=pipelining, end=end)
    settled: list[str] = []

    class Ordered(Ledger):
        async def settle(self, answers: Sequence[tuple[str, Outcome]]) -> None:
            settled.extend(message for message, _ in answers)
            await super().settle(answers)

    slow = [mail(n, to=f"p{n}@slow.example.jp", lane="slow.example.jp") for n in range(100, 108)]
    async with listening(server), channel_to(f"smtp+plain://127.0.0.1:{server.port}") as channel:
        outcomes = await Ordered().take(channel, *slow, *mails(40))
    assert outcomes == [Unknown("unanswered")] * 8 + [Sent(250)] * 40
    assert set(settled[:40]) == {f"message-{number}" for number in range(40)}


async def test_without_starttls_nothing_is_sent_and_no_password_either() -> None:
    server = ScriptedServer()
    async with listening(server), channel_to(f"smtp://user:secret@127.0.0.1:{server.port}") as channel:
        [outcome] = await Ledger().take(channel, mail(1))
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.whole_lane) == ("tls-missing", True)
    assert server.mails == []
    assert [line.split()[0] for line in server.lines] == [b"EHLO"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"454 4.7.0 not now\r\n", "tls-missing"),
        (b"502 what\r\n", "tls-missing"),
        (b"220 go\r\n250 in clear text\r\n", "tls-failed"),
        (b"220 go\r\n" + DROP, "server-unreachable"),
        (SILENCE, "server-silent"),
    ],
)
async def test_starttls_that_comes_to_nothing_is_never_gone_on_without(reply: bytes, reason: str) -> None:
    server = ScriptedServer(ehlo=b"250-here\r\n250-PIPELINING\r\n250 STARTTLS\r\n", star=reply)
    async with listening(server), channel_to(f"smtp://user:secret@127.0.0.1:{server.port}") as channel:
        [outcome] = await Ledger().take(channel, mail(1))
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.whole_lane) == (reason, True)
    said = b"\n".join(server.lines)
    assert b"MAIL FROM" not in said
    assert b"AUTH" not in said


def test_each_stage_is_waited_for_as_long_as_the_rfc_asks_and_the_final_dot_ten_minutes() -> None:
    """RFC 5321 §4.5.3.2."""
    waits = Timeouts()
    assert (waits.connect, waits.command, waits.data, waits.end) == (300, 300, 120, 600)
    assert waits.patience <= 1, "what waits behind a dot does not wait so long"


async def test_starttls_is_used_when_asked_for_and_a_stranger_s_certificate_is_refused(
    tmp_path: Path,
) -> None:
    serving, trusting = certificate(tmp_path)
    sink = MailSink(tls=serving)
    await sink.start()
    async with channel_to(sink.url, tls=trusting) as channel:
        assert await Ledger().take(channel, mail(1)) == [Sent(250)]
    async with channel_to(sink.url) as channel:
        [outcome] = await Ledger().take(channel, mail(2))
    await sink.close()
    assert isinstance(outcome, Later)
    assert (outcome.reason, outcome.whole_lane) == ("tls-failed", True)
    assert sink.recipients() == ["person1@example.jp"]


@pytest.mark.parametrize("address", ["a..b@docomo.example.jp", ".a@docomo.example.jp", "a.@au.example.jp"])
async def test_old_addresses_are_sent_as_they_are(sink: MailSink, address: str) -> None:
    async with channel_to(sink.url) as channel:
        assert await Ledger().take(channel, mail(1, to=address)) == [Sent(250)]
    [kept] = sink.messages()
    assert kept.recipients == (address,)
    assert f"\r\nTo: <{address}>\r\n".encode() in b"\r\n" + kept.raw


@pytest.mark.parametrize(
    "address",
    [
        "a@example.jp>,<b@example.jp",
        "a@example.jp\r\nRCPT TO:<b@example.jp",
        "a@example.jp\r\nBcc: b@example.jp",
        "a b@example.jp",
        "a@",
        "@example.jp",
        '"a"@example.jp',
        "a@example.jp\x00",
        "あ@example.jp",
    ],
)
async def test_an_address_that_could_say_more_than_an_address_is_refused(
    sink: MailSink, address: str
) -> None:
    async with channel_to(sink.url) as channel:
        assert await Ledger().take(channel, mail(1, to=address)) == [Refused(None, "address-refused")]
    assert (sink.count, sink.connections) == (0, 0)


async def test_a_return_path_of_the_message_s_own_is_the_sender_of_its_envelope(sink: MailSink) -> None:
    async with channel_to(sink.url) as channel:
        await Ledger().take(channel, mail(0), replace(mail(1), return_path="b+t0k3n=x@bounce.example.jp"))
    assert {kept.recipients[0]: kept.sender for kept in sink.messages()} == {
        "person0@example.jp": "kairan@example.jp",
        "person1@example.jp": "b+t0k3n=x@bounce.example.jp",
    }
    assert all("kairan@example.jp" in kept.parsed["From"] for kept in sink.messages())


async def test_lines_that_begin_with_a_dot_arrive_whole(sink: MailSink) -> None:
    dotted = ".\r\n..two\r\n"
    async with channel_to(sink.url) as channel:
        message = mail(1)
        object.__setattr__(message, "body", replace(message.body, head=message.body.head + dotted.encode()))
        await Ledger().take(channel, message)
    assert dotted.encode() in sink.messages()[0].raw


async def test_an_error_while_making_one_mail_leaves_the_others_alone(sink: MailSink) -> None:
    poisoned = mail(1)
    poisoned = replace(poisoned, body=replace(poisoned.body, text_tail=None))  # type: ignore[arg-type]
    async with channel_to(sink.url) as channel:
        outcomes = await Ledger().take(channel, mail(0), poisoned, mail(2))
    assert [type(outcome).__name__ for outcome in outcomes] == ["Sent", "Crashed", "Sent"]


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mx.example.jp", Relay("mx.example.jp", 587, "starttls")),
        (
            "smtp+starttls://u%40x:p%3A@mx.example.jp:2525",
            Relay("mx.example.jp", 2525, "starttls", "u@x", "p:"),
        ),
        ("smtps://mx.example.jp", Relay("mx.example.jp", 465, "tls")),
        ("smtp+plain://127.0.0.1", Relay("127.0.0.1", 25, "plain")),
    ],
)
def test_the_setting_names_server_and_security(url: str, relay: Relay) -> None:
    assert relay_of(url) == relay


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mx.example.jp",
        "http://mx.example.jp",
        "smtp://",
        "smtp://h:99999",
        "smtp+plain://u:p@h",
        "smtp://h/x",
    ],
)
def test_a_wrong_setting_fails_with_a_sentence(url: str) -> None:
    with pytest.raises(ValueError, match="KAIRAN_SMTP_URL"):
        relay_of(url)


@pytest.mark.parametrize("code", [-1, 0, 99, 199, 600, 999])
@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data", "end"])
def test_a_code_that_is_none_is_never_permanent(stage: str, code: int) -> None:
    judge: Callable[..., Outcome] = outcome_of
    assert isinstance(judge(stage, code, ""), Later)
