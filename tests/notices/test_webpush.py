"""Web push against a push service of our own, whose decryption shares nothing with the sending side."""

import asyncio
import json
import socket
import time
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from notices.channels import Push, PushAddress
from notices.channels.public_resolver import PublicResolver
from notices.channels.push_hosts import Found, NotPublic, PushHosts, addresses_of
from notices.channels.vapid import Vapid
from notices.channels.webpush import Carrier, WebPushChannel
from notices.outcomes import Crashed, Gone, Later, Outcome, Refused, Sent
from server.sinks.decrypt import CannotDecrypt, decrypted
from server.sinks.push import Answer, PushSink, answering, dripping, huge, silent
from server.sinks.vapid import BadToken, verified
from tests.notices.letters import NOW, ORIGIN, Ledger, letter, push
from tests.notices.test_line import BAD

KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
async def sink() -> AsyncIterator[PushSink]:
    sink = PushSink(now=lambda: NOW)
    await sink.start()
    yield sink
    await sink.close()


@pytest.fixture(params=["curl", "plain"])
def carrier(request: pytest.FixtureRequest) -> Carrier:
    """Both ways to carry a push keep the same promises."""
    return cast(Carrier, request.param)


Opened = Callable[..., WebPushChannel]


@pytest.fixture
async def opened(sink: PushSink, carrier: Carrier) -> AsyncIterator[Opened]:
    """Makes channels to the sink; `contact`, and what else WebPushChannel takes."""
    made: list[WebPushChannel] = []

    def open_one(contact: str = "mailto:kairan@example.jp", **changes: Any) -> WebPushChannel:
        facts: dict[str, Any] = {
            "hosts": PushHosts.extended([sink.origin]),
            "now": lambda: NOW,
            "carrier": carrier,
        }
        made.append(WebPushChannel(Vapid(KEY, contact, lambda: NOW), **(facts | changes)))
        return made[-1]

    yield open_one
    for channel in made:
        await channel.close()


@pytest.fixture
def channel(opened: Opened) -> WebPushChannel:
    return opened(seconds=3.0)


async def test_a_push_arrives_readable_with_its_headers(sink: PushSink, channel: WebPushChannel) -> None:
    assert await Ledger().take(channel, push(sink.subscribe("hanako"))) == [Sent(201)]
    [received] = sink.received
    notice = letter().id
    assert received.message()["notification"]["title"] == "回覧：秋の清掃のお願い"
    assert received.message()["notification"]["navigate"] == f"{ORIGIN}/n/{notice}"
    assert received.headers["ttl"] == str(28 * 24 * 3600)
    assert received.headers["urgency"] == "normal"
    assert len(received.headers["topic"]) == 32


async def test_an_emergency_is_pressing_and_stale_after_a_day(
    sink: PushSink, channel: WebPushChannel
) -> None:
    await Ledger().take(channel, push(sink.subscribe("hanako"), urgency="emergency"))
    [received] = sink.received
    assert (received.headers["ttl"], received.headers["urgency"]) == (str(24 * 3600), "high")


async def test_a_correction_keeps_the_topic_so_that_it_replaces_what_is_undelivered(
    sink: PushSink, channel: WebPushChannel
) -> None:
    subscription = sink.subscribe("hanako")
    await Ledger().take(channel, push(subscription))
    await Ledger().take(channel, push(subscription, title="直しました", corrected=True))
    first, second = sink.received
    assert first.headers["topic"] == second.headers["topic"]
    assert first.message()["notification"]["tag"] == second.message()["notification"]["tag"]


async def test_three_hundred_pushes_reach_three_hundred_phones(
    sink: PushSink, channel: WebPushChannel
) -> None:
    batch = [push(sink.subscribe(f"p{number}"), number) for number in range(300)]
    assert await Ledger().take(channel, *batch) == [Sent(201)] * 300
    assert sorted(received.name for received in sink.received) == sorted(f"p{n}" for n in range(300))
    assert sink.refused == {}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (answering(200), Sent(200)),
        (answering(202), Sent(202)),
        (answering(404), Gone(404, "unsubscribed")),
        (answering(410), Gone(410, "unsubscribed")),
        (answering(403), Refused(403, "vapid")),
        (answering(400), Refused(400, "our-fault")),
        (answering(401), Refused(401, "our-fault")),
        (answering(413), Refused(413, "too-large")),
        (answering(405), Refused(405, "unexpected-answer")),
        (answering(429), Later(429, "slow-down", timedelta(seconds=60), True)),
        (answering(429, Retry_After="30"), Later(429, "slow-down", timedelta(seconds=30), True)),
        (answering(429, Retry_After="0"), Later(429, "slow-down", timedelta(seconds=1), True)),
        (answering(429, Retry_After="9" * 400), Later(429, "slow-down", timedelta(hours=1), True)),
        (answering(429, Retry_After="soon"), Later(429, "slow-down", timedelta(seconds=60), True)),
        (answering(429, Retry_After="-5"), Later(429, "slow-down", timedelta(seconds=60), True)),
        (answering(429, Retry_After="315360000"), Later(429, "slow-down", timedelta(hours=1), True)),
        (
            answering(429, Retry_After="Fri, 21 Nov 2036 03:10:00 GMT"),
            Later(429, "slow-down", timedelta(hours=1), True),
        ),
        (
            answering(429, Retry_After="Sat, 21 Nov 2026 03:10:00 GMT"),
            Later(429, "slow-down", timedelta(minutes=10), True),
        ),
        (
            answering(429, Retry_After="Sat, 21 Nov 2020 03:10:00 GMT"),
            Later(429, "slow-down", timedelta(seconds=1), True),
        ),
        (answering(500), Later(500, "service-trouble")),
        (answering(503, Retry_After="120"), Later(503, "service-trouble", timedelta(seconds=120))),
        (answering(307, Location="http://127.0.0.1:1/"), Later(307, "redirected")),
        (answering(301, Location="http://127.0.0.1:1/"), Later(301, "redirected")),
    ],
)
async def test_each_answer_of_a_push_service_has_its_outcome(
    sink: PushSink, channel: WebPushChannel, said: Answer, expected: Outcome
) -> None:
    sink.answers["hanako"] = said
    assert await Ledger().take(channel, push(sink.subscribe("hanako"))) == [expected]


async def test_a_push_service_that_says_nothing_is_not_waited_for(sink: PushSink, opened: Opened) -> None:
    sink.answers["hanako"] = silent(5)
    assert await Ledger().take(opened(seconds=0.5), push(sink.subscribe("hanako"))) == [
        Later(None, "service-silent")
    ]


async def test_a_redirect_is_not_followed(sink: PushSink, channel: WebPushChannel) -> None:
    elsewhere = sink.subscribe("elsewhere").endpoint
    sink.answers["hanako"] = answering(307, Location=elsewhere)
    await Ledger().take(channel, push(sink.subscribe("hanako")))
    assert (sink.requests, sink.received) == (1, [])


async def test_413_is_shortened_once_and_then_refused(sink: PushSink, channel: WebPushChannel) -> None:
    sizes: list[int] = []

    async def narrow(request: web.Request) -> web.StreamResponse:
        sizes.append(len(await request.read()))
        return web.Response(status=413 if sizes[-1] > 3000 else 201)

    sink.answers["narrow"] = narrow
    sink.answers["closed"] = answering(413)
    long = {"body": "とても長い本文です。" * 500}
    batch = [push(sink.subscribe("narrow"), 1, **long), push(sink.subscribe("closed"), 2, **long)]
    assert await Ledger().take(channel, *batch) == [Sent(201), Refused(413, "too-large")]
    assert len(sizes) == 2
    assert sizes[0] <= 4096
    assert sizes[1] < 2200
    assert sink.requests == 4


async def test_429_rests_the_origin_and_leaves_the_rest_of_its_messages_untried(
    sink: PushSink, opened: Opened
) -> None:
    sink.answers["p0"] = answering(429, Retry_After="30")
    batch = [push(sink.subscribe(f"p{n}"), n) for n in range(2)]
    first, second = await Ledger().take(opened(in_all=1), *batch)
    rest = timedelta(seconds=30)
    assert first == Later(429, "slow-down", rest, whole_lane=True)
    assert second == Later(429, "lane-paused", rest, whole_lane=True)
    assert sink.requests == 1


@pytest.mark.parametrize("said", [huge(201, 1 << 30), dripping(201, 0.05, 1000)])
async def test_an_endless_answer_is_left_unread_and_its_status_counts(
    sink: PushSink, channel: WebPushChannel, said: Answer
) -> None:
    sink.answers["hanako"] = said
    began = time.monotonic()
    assert await Ledger().take(channel, push(sink.subscribe("hanako"))) == [Sent(201)]
    assert time.monotonic() - began < 2


async def test_nobody_listening_is_later(channel: WebPushChannel, sink: PushSink) -> None:
    message = push(sink.subscribe("hanako"))
    await sink.close()
    assert await Ledger().take(channel, message) == [Later(None, "service-unreachable")]


async def test_an_endpoint_that_is_not_allowed_is_refused_at_send_as_well(
    sink: PushSink, channel: WebPushChannel
) -> None:
    message = push(sink.subscribe("hanako"))
    address = PushAddress("http://127.0.0.1:22/", message.to.p256dh, message.to.auth)
    object.__setattr__(message, "to", address)
    assert await Ledger().take(channel, message) == [Refused(None, "endpoint-refused")]
    assert sink.requests == 0


async def test_broken_keys_are_gone_without_a_request(sink: PushSink, channel: WebPushChannel) -> None:
    message = push(sink.subscribe("hanako"))
    object.__setattr__(message, "to", PushAddress(message.to.endpoint, "AAAA", message.to.auth))
    assert await Ledger().take(channel, message) == [Gone(None, "keys-refused")]
    assert sink.requests == 0


def leads_to(*addresses: str) -> Callable[[str, int, int], Awaitable[Found]]:
    """A DNS that knows one answer."""

    async def looked_up(host: str, port: int, family: int) -> Found:
        return [(socket.AF_INET6 if ":" in address else socket.AF_INET, address) for address in addresses]

    return looked_up


async def test_a_name_that_resolves_inside_is_refused_even_beside_a_public_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("notices.channels.push_hosts.looked_up", leads_to("142.250.0.1", "10.0.0.7"))
    with pytest.raises(NotPublic):
        await addresses_of("fcm.googleapis.com", 443, frozenset())
    assert len(await addresses_of("push.home", 80, frozenset({"push.home"}))) == 2
    monkeypatch.setattr("notices.channels.push_hosts.looked_up", leads_to("142.250.0.1"))
    [(_, address)] = await addresses_of("fcm.googleapis.com", 443, frozenset())
    assert address == "142.250.0.1"
    [found] = await PublicResolver(frozenset()).resolve("fcm.googleapis.com", 443)
    assert found["host"] == "142.250.0.1"


async def test_the_connection_goes_only_to_what_was_checked(
    sink: PushSink, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An allowed name whose DNS answers with loopback: no request leaves, whatever the port."""
    monkeypatch.setattr("notices.channels.push_hosts.looked_up", leads_to("127.0.0.1"))
    channel = opened(hosts=PushHosts())
    message = push(sink.subscribe("hanako"))
    endpoint = "https://fcm.googleapis.com/fcm/send/abc"
    object.__setattr__(message, "to", PushAddress(endpoint, message.to.p256dh, message.to.auth))
    assert await Ledger().take(channel, message) == [Refused(None, "endpoint-refused")]


async def test_a_proxy_of_the_environment_is_not_used(
    sink: PushSink, channel: WebPushChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert await Ledger().take(channel, push(sink.subscribe("hanako"))) == [Sent(201)]


def test_each_origin_gets_a_token_of_its_own_kept_for_hours() -> None:
    now = [NOW]
    vapid = Vapid(KEY, "mailto:kairan@example.jp", lambda: now[0])
    first, second = vapid.authorization("https://a.example.jp"), vapid.authorization("https://b.example.jp")
    assert verified(first, audience="https://a.example.jp", now=NOW)["exp"] == NOW.timestamp() + 12 * 3600
    assert verified(second, audience="https://b.example.jp", now=NOW)["aud"] == "https://b.example.jp"
    assert vapid.authorization("https://a.example.jp") == first
    now[0] += timedelta(hours=7)
    assert vapid.authorization("https://a.example.jp") != first
    now[0] -= timedelta(days=365)
    assert verified(vapid.authorization("https://a.example.jp"), audience="https://a.example.jp", now=now[0])


@pytest.mark.parametrize("why", ["aud", "exp", "signature", "key", "authorization"])
def test_the_sink_s_judge_refuses_a_wrong_token(why: str) -> None:
    token = Vapid(KEY, "mailto:kairan@example.jp", lambda: NOW).authorization("https://a.example.jp")
    audience, now, key = "https://a.example.jp", NOW, None
    if why == "aud":
        audience = "https://b.example.jp"
    elif why == "exp":
        now += timedelta(hours=13)
    elif why == "signature":
        head, claims, rest = token.split(".")
        token = f"{head}.{claims}.{'A' if rest[0] != 'A' else 'B'}{rest[1:]}"
    elif why == "key":
        key = b"\x04" + bytes(64)
    else:
        token = "WebPush abc"
    with pytest.raises(BadToken, match=why):
        verified(token, audience=audience, now=now, key=key)


async def test_a_contact_that_push_services_refuse_is_seen_as_their_refusal(
    sink: PushSink, opened: Opened
) -> None:
    channel = opened(contact="http://localhost:8000")
    assert await Ledger().take(channel, push(sink.subscribe("hanako"))) == [Refused(403, "vapid")]
    assert sink.refused == {"sub": 1}


def b64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_sink_opens_the_example_of_rfc_8291_appendix_a() -> None:
    private = int.from_bytes(b64("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    body = b64(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    key = ec.derive_private_key(private, ec.SECP256R1())
    auth = b64("BTBZMqHH6r4Tts7J_aSIgg")
    assert decrypted(body, key, auth) == b"When I grow up, I want to be a watermelon"
    with pytest.raises(CannotDecrypt, match="tag"):
        decrypted(body[:-1] + bytes([body[-1] ^ 1]), key, auth)


async def test_a_sink_with_a_seed_knows_its_phones_after_a_restart() -> None:
    first, second = PushSink(seed=b"demo"), PushSink(seed=b"demo")
    assert first.subscribe("hanako") == second.subscribe("hanako")
    assert first.subscribe("hanako").p256dh != first.subscribe("taro").p256dh


async def test_an_endpoint_the_sink_never_made_is_unknown_to_it(
    sink: PushSink, channel: WebPushChannel
) -> None:
    message = push(sink.subscribe("hanako"))
    forged = PushAddress(message.to.endpoint[:-1] + "!", message.to.p256dh, message.to.auth)
    object.__setattr__(message, "to", forged)
    assert await Ledger().take(channel, message) == [Gone(404, "unsubscribed")]


async def test_several_batches_at_once_share_the_bound_on_requests(sink: PushSink, opened: Opened) -> None:
    now_open, most = 0, 0

    async def counted(request: web.Request) -> web.StreamResponse:
        nonlocal now_open, most
        now_open += 1
        most = max(most, now_open)
        await asyncio.sleep(0.02)
        now_open -= 1
        return web.Response(status=201)

    channel = opened(in_all=5)
    batches = []
    for start in (0, 20):
        names = [f"p{number}" for number in range(start, start + 20)]
        sink.answers |= dict.fromkeys(names, counted)
        batches.append([push(sink.subscribe(name), index) for index, name in enumerate(names)])
    await asyncio.gather(*(Ledger().take(channel, *batch) for batch in batches))
    assert most == 5


@pytest.mark.parametrize("text", BAD)
async def test_a_title_is_decrypted_byte_for_byte(sink: PushSink, channel: WebPushChannel, text: str) -> None:
    assert await Ledger().take(channel, push(sink.subscribe("hanako"), title=text[:60])) == [Sent(201)]
    shown = json.loads(sink.received[0].payload)["notification"]
    assert shown["title"].endswith(text[:60])


def test_the_payload_is_json_that_both_kinds_of_browser_read(sink: PushSink) -> None:
    message = json.loads(push(sink.subscribe("hanako")).body.payload)
    assert message["web_push"] == 8030
    assert message["mutable"] is True
    assert message["notification"]["lang"] == "ja"


@pytest.mark.slow
async def test_a_thousand_dead_endpoints_beside_healthy_ones(sink: PushSink, channel: WebPushChannel) -> None:
    body, batch = push(sink.subscribe("any")).body, []
    for number in range(1100):
        phone = sink.subscribe(f"p{number}")
        if number % 11:
            sink.answers[phone.name] = answering(410)
        address = PushAddress(phone.endpoint, phone.p256dh, phone.auth)
        batch.append(Push(f"m{number}", sink.origin, address, body))
    outcomes = await Ledger().take(channel, *batch)
    assert [each for each in outcomes if each != Gone(410, "unsubscribed")] == [Sent(201)] * 100
    assert outcomes[::11] == [Sent(201)] * 100


async def test_a_push_that_cannot_be_made_stops_nobody(
    sink: PushSink, channel: WebPushChannel, caplog: pytest.LogCaptureFixture
) -> None:
    well, long = push(sink.subscribe("hanako"), 1), push(sink.subscribe("taro"), 2)
    object.__setattr__(long, "body", replace(long.body, payload=b"x" * 4000))
    assert await Ledger().take(channel, long, well) == [Crashed(), Sent(201)]
    assert "message-2" in caplog.text
    assert long.to.endpoint not in caplog.text


async def test_a_channel_that_was_closed_opens_again(sink: PushSink, channel: WebPushChannel) -> None:
    assert await Ledger().take(channel, push(sink.subscribe("hanako"))) == [Sent(201)]
    await channel.close()
    assert await Ledger().take(channel, push(sink.subscribe("hanako"))) == [Sent(201)]


async def test_an_outcome_that_cannot_be_written_is_raised_when_all_are_through(
    sink: PushSink, channel: WebPushChannel
) -> None:
    settled: list[str] = []

    async def settle(answers: Sequence[tuple[str, Outcome]]) -> None:
        settled.extend(id for id, _ in answers)
        if "message-0" in dict(answers):
            raise ConnectionError

    batch = [push(sink.subscribe(f"p{number}"), number) for number in range(5)]
    with pytest.raises(ConnectionError):
        await channel.send(batch, settle=settle, crossing=Ledger().crossing)
    assert sorted(settled) == [f"message-{number}" for number in range(5)]
