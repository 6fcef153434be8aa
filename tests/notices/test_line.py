"""LINE: the channel against a Messaging API of our own."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import pytest
from aiohttp import web

from notices.channels import LineAddress, LineMessage, Urgency
from notices.channels.line import Calls, LineChannel, key_of
from notices.channels.line_answers import Answer, Quota, meaning
from notices.channels.line_api import LineApi
from notices.outcomes import Crashed, Gone, Later, Outcome, Refused, Sent, Unknown
from notices.wording.line import LIMIT, LineBody, line_of, units
from tests.messaging_api import TOKEN, MessagingApi, answering, user
from tests.notices.letters import ORIGIN, Ledger, letter

REST = timedelta(seconds=60)


@pytest.fixture
async def line() -> AsyncIterator[MessagingApi]:
    line = MessagingApi()
    await line.start()
    yield line
    await line.close()


@pytest.fixture
async def channel(line: MessagingApi) -> AsyncIterator[LineChannel]:
    channel = LineChannel(LineApi(TOKEN, line.origin, seconds=2.0), Calls(again=0.01))
    yield channel
    await channel.close()


def message(
    number: int,
    *,
    to: int | None = None,
    urgency: Urgency = "ordinary",
    doubtful: bool = False,
    body: str = "",
) -> LineMessage:
    address = LineAddress(user(number if to is None else to))
    text = LineBody(body) if body else line_of(letter(), origin=ORIGIN)
    return LineMessage(f"message-{number}", "line", address, text, 0, urgency, doubtful)


def many(count: int) -> list[LineMessage]:
    return [message(number) for number in range(count)]


def test_the_text_says_what_it_is_until_when_and_where_to_press() -> None:
    text = line_of(letter(files=("案内.pdf",)), origin=ORIGIN).text
    assert text.startswith("回覧：秋の清掃のお願い\nしめきり：11月30日（月）\n\n10時に集会所へ。")
    assert "添付（ひらくと見られます）\n案内.pdf" in text
    assert text.endswith(f"花見月町内会\nひらいて 読みました を押す\n{ORIGIN}/n/{letter().id}")


@pytest.mark.parametrize(
    "body", ["長い本文です。" * 3000, "𠮷" * 5000, "👩‍👩‍👧‍👦" * 2000, "\n\n".join("あ" * 3000)]
)
def test_a_long_text_is_cut_so_that_line_takes_it_and_its_address_stays(body: str) -> None:
    text = line_of(letter(body=body), origin=ORIGIN).text
    assert LIMIT - 60 < units(text) <= LIMIT
    assert text.endswith(f"{ORIGIN}/n/{letter().id}")


async def test_one_call_carries_five_hundred_and_the_rest_go_in_the_next(
    line: MessagingApi, channel: LineChannel
) -> None:
    ledger = Ledger()
    assert await ledger.take(channel, *many(1_100)) == [Sent(200)] * 1_100
    assert sorted(line.calls) == [("multicast", 100), ("multicast", 500), ("multicast", 500)]
    assert len(line.got) == 1_100
    assert ledger.commits == 3, "each call's messages are noted before it leaves"


async def test_each_language_has_a_call_of_its_own(line: MessagingApi, channel: LineChannel) -> None:
    english = [message(9, body="Circular"), message(10, body="Circular")]
    await Ledger().take(channel, *many(3), *english)
    assert sorted(line.calls) == [("multicast", 2), ("multicast", 3)]
    assert line.got[user(9)] == ["Circular"]


async def test_a_daughter_who_reads_for_her_mother_gets_it_once(
    line: MessagingApi, channel: LineChannel
) -> None:
    assert await Ledger().take(channel, message(1, to=7), message(2, to=7)) == [Sent(200)] * 2
    assert [len(texts) for texts in line.got.values()] == [1]


BAD = [
    "𠮷野家の前で", "ﾊﾝｶｸｶﾅ", "か\u3099っこう", "👩‍👩‍👧‍👦と🏳️‍🌈", "a\u202eb", "\u2066x\u2069", "行\u2028分け",
    "\x00なし", "=1+1＝２",
    "<script>alert(1)</script>", "\\u0041\"'", "髙﨑", "あ" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
async def test_texts_and_names_arrive_byte_for_byte(
    line: MessagingApi, channel: LineChannel, text: str
) -> None:
    sent = line_of(letter(title=text[:200], association=text[:100]), origin=ORIGIN).text
    assert text[:200] in sent
    await Ledger().take(channel, message(1, body=sent))
    assert line.got[user(1)][0].encode() == sent.encode()


@pytest.mark.parametrize(
    ("status", "said", "headers", "expected"),
    [
        (409, "The retry key is already accepted", {}, Sent(409)),
        (400, "The property, 'to', in the request body is invalid (line: -, column: -)", {}, Gone(400, "line-unknown")),
        (400, "Failed to send messages", {}, Gone(400, "line-unknown")),
        (400, "The request body has 2 error(s)", {}, Refused(400, "our-fault")),
        (401, "Authentication failed", {}, Later(401, "line-refused", timedelta(minutes=10), True)),
        (403, "Not authorized", {}, Later(403, "line-refused", timedelta(minutes=10), True)),
        (404, "Not found", {}, Refused(404, "unexpected-answer")),
        (413, "Payload too large", {}, Refused(413, "too-large")),
        (429, "The API rate limit has been exceeded. Try again later.", {}, Later(429, "slow-down", REST, True)),
        (429, "", {"Retry_After": "30"}, Later(429, "slow-down", timedelta(seconds=30), True)),
        (429, "", {"Retry_After": "-5"}, Later(429, "slow-down", REST, True)),
        (429, "", {"Retry_After": "9" * 300}, Later(429, "slow-down", timedelta(hours=1), True)),
        (500, "Internal", {}, Later(500, "service-trouble")),
        (503, "", {"Retry_After": "120"}, Later(503, "service-trouble", timedelta(seconds=120))),
    ],
)  # fmt: skip
async def test_each_answer_to_one_message_has_its_outcome(
    line: MessagingApi,
    channel: LineChannel,
    status: int,
    said: str,
    headers: dict[str, str],
    expected: Outcome,
) -> None:
    line.instead = answering(status, said, **headers)
    assert await Ledger().take(channel, message(1)) == [expected]


def test_an_answer_that_is_nonsense_kills_no_address() -> None:
    for said in (
        "",
        "[]",
        "null",
        "<html>",
        '{"details": 1}',
        '{"details": [1]}',
        "[" * 4096,
        '{"message": 5}',
    ):
        assert meaning(Answer(400, said), alone=True) == Refused(400, "our-fault"), said


async def test_one_who_is_no_user_is_found_and_all_others_get_it(
    line: MessagingApi, channel: LineChannel
) -> None:
    line.unknown = {user(3), user(77)}
    outcomes = await Ledger().take(channel, *many(100))
    gone = [number for number, outcome in enumerate(outcomes) if outcome == Gone(400, "line-unknown")]
    assert gone == [3, 77]
    assert len(line.got) == 98
    assert all(len(texts) == 1 for texts in line.got.values())


async def test_a_text_that_line_refuses_is_not_asked_about_five_hundred_times(
    line: MessagingApi, channel: LineChannel
) -> None:
    asked = 0

    async def count(_request: web.Request) -> None:
        nonlocal asked
        asked += 1

    line.instead = count
    batch = [message(number, body="長" * 6000) for number in range(500)]
    assert set(await Ledger().take(channel, *batch)) == {Refused(400, "our-fault")}
    assert asked == 1


async def test_a_call_that_was_taken_but_not_answered_is_repeated_under_its_key(
    line: MessagingApi, channel: LineChannel
) -> None:
    def lost_once() -> object:
        first = True

        async def lose(request: web.Request) -> web.StreamResponse | None:
            nonlocal first
            if not first:
                return None
            first, line.instead = False, None
            await line._multicast(request)
            line.instead = lose
            return web.Response(status=500)

        return lose

    line.instead = lost_once()  # type: ignore[assignment]
    assert await Ledger().take(channel, *many(20)) == [Sent(409)] * 20
    assert all(texts == [line_of(letter(), origin=ORIGIN).text] for texts in line.got.values())


async def test_what_stays_in_doubt_goes_alone_the_next_time_and_never_twice_after_that(
    line: MessagingApi, channel: LineChannel
) -> None:
    line.instead = answering(503)
    assert await Ledger().take(channel, *many(3)) == [Unknown("unanswered")] * 3
    doubtful = [message(number, doubtful=True) for number in range(3)]
    assert await Ledger().take(channel, *doubtful) == [Later(503, "service-trouble")] * 3
    line.instead = None
    assert await Ledger().take(channel, *doubtful) == [Sent(200)] * 3
    assert await Ledger().take(channel, *doubtful) == [Sent(409)] * 3
    assert line.calls == [("push", 1)] * 3


def test_a_key_is_that_of_the_messages_and_nothing_else() -> None:
    assert key_of(["a", "b"]) == key_of(["b", "a"]) != key_of(["a"])


async def test_a_refused_token_shuts_the_lane_and_leaves_the_rest_untried(line: MessagingApi) -> None:
    channel = LineChannel(LineApi("another token", line.origin), Calls(ordinary=1))
    outcomes = await Ledger().take(channel, *many(1_200))
    await channel.close()
    ten = timedelta(minutes=10)
    assert outcomes[0] == Later(401, "line-refused", ten, whole_lane=True)
    assert outcomes[-1] == Later(401, "lane-paused", ten, whole_lane=True)


async def test_a_spent_month_is_told_apart_from_messages_that_are_only_reserved(
    line: MessagingApi, channel: LineChannel
) -> None:
    line.limit, line.used, line.reserved = 100, 60, 40
    assert await Ledger().take(channel, message(1)) == [Later(429, "slow-down", REST, True)]
    line.used, line.reserved = 100, 0
    assert await Ledger().take(channel, message(1)) == [Refused(429, "line-quota")]


async def test_the_quota_is_shown(line: MessagingApi, channel: LineChannel) -> None:
    assert await channel.quota() == Quota(None, 0)
    line.limit, line.used = 200, 13
    assert await channel.quota() == Quota(200, 13)
    line.instead = None
    await line.close()
    assert isinstance(await channel.quota(), Later)


async def test_a_silent_service_ends_in_time(line: MessagingApi) -> None:
    async def hang(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    line.instead = hang
    channel = LineChannel(LineApi(TOKEN, line.origin, seconds=0.2), Calls(again=0.01))
    assert await Ledger().take(channel, message(1)) == [Later(None, "service-silent")]
    await channel.close()


async def test_nobody_listening_is_later_for_the_lane(line: MessagingApi, channel: LineChannel) -> None:
    await line.close()
    expected = Later(None, "service-unreachable", REST, whole_lane=True)
    assert await Ledger().take(channel, *many(2)) == [expected] * 2


async def test_what_is_no_longer_ours_is_not_sent(line: MessagingApi, channel: LineChannel) -> None:
    outcomes = await Ledger(not_ours=["message-1"]).take(channel, *many(3))
    assert outcomes == [Sent(200), Later(None, "lease-lost"), Sent(200)]
    assert user(1) not in line.got


async def test_a_text_that_cannot_be_sent_at_all_is_set_aside_alone(
    line: MessagingApi, channel: LineChannel
) -> None:
    outcomes = await Ledger().take(channel, message(1, body=cast(Any, 5)), message(2))
    assert outcomes == [Crashed(crashes=1), Sent(200)]
    assert user(1) not in line.got


async def test_a_house_whose_sdk_is_broken_keeps_its_messages(
    line: MessagingApi, channel: LineChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "linebot.v3.messaging", None)
    broken = Later(None, "our-fault", timedelta(minutes=10), whole_lane=True)
    assert await Ledger().take(channel, message(1)) == [broken]
    assert line.got == {}


async def test_an_emergency_does_not_wait_behind_what_hangs(line: MessagingApi) -> None:
    urgent, release = asyncio.Event(), asyncio.Event()

    async def hold(request: web.Request) -> None:
        body = await request.json()
        if body["messages"][0]["text"] == "避難":
            urgent.set()
        else:
            await release.wait()

    line.instead = hold
    channel = LineChannel(LineApi(TOKEN, line.origin), Calls(ordinary=1, emergency=1))
    slow = asyncio.create_task(Ledger().take(channel, *many(1_200)))
    ledger = Ledger()
    assert await ledger.take(channel, message(5_000, urgency="emergency", body="避難")) == [Sent(200)]
    assert urgent.is_set()
    assert not slow.done()
    release.set()
    assert set(await slow) == {Sent(200)}
    await channel.close()


@pytest.mark.slow
def test_a_house_without_line_never_loads_the_sdk() -> None:
    program = (
        "import sys, server.app, server.work.post, server.processes.run; sys.exit('linebot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=120).returncode == 0
