"""Web push over HTTP/2, as the services of the browsers speak it, against Node's cryptography."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from notices.channels import Push, PushAddress
from notices.channels.vapid import Vapid
from notices.channels.webpush import WebPushChannel
from notices.outcomes import Gone, Later, Outcome, Sent
from tests.h2sink import H2Sink, h2sink
from tests.notices.letters import Ledger, push

KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[H2Sink]:
    async with h2sink(tmp_path) as sink:
        yield sink


@pytest.fixture
async def channel(sink: H2Sink) -> AsyncIterator[WebPushChannel]:
    channel = opened(sink, seconds=8.0)
    yield channel
    await channel.close()


def opened(sink: H2Sink, **changes: Any) -> WebPushChannel:
    facts: dict[str, Any] = {"hosts": sink.hosts, "authorities": str(sink.authorities), "carrier": "curl"}
    vapid = Vapid(KEY, "mailto:kairan@example.jp", _now)
    return WebPushChannel(vapid, now=_now, **(facts | changes))


def _now() -> datetime:
    # The service in Node looks at a real clock.
    return datetime.now(UTC)


def to(sink: H2Sink, *names: str, emergency: bool = False) -> list[Push]:
    body = push(sink.subscribe("any")).body
    made = []
    for number, name in enumerate(names):
        phone = sink.subscribe(name)
        address = PushAddress(phone.endpoint, phone.p256dh, phone.auth)
        made.append(Push(f"message-{number}", sink.origin, address, body))
    return [replace(each, urgency="emergency", id=f"e{each.id}") for each in made] if emergency else made


def numbered(kind: str, count: int) -> list[str]:
    return [f"{kind}{number}" for number in range(count)]


async def under_way(channel: WebPushChannel, count: int) -> None:
    """Until so many are in the first lane. It is filled by callbacks of the event loop, and by nothing else."""
    async with asyncio.timeout(10):
        while [lane.under_way for lane in channel.health()[:1]] != [count]:  # noqa: ASYNC110
            await asyncio.sleep(0)


@pytest.mark.slow
async def test_a_thousand_pushes_share_a_few_connections_and_no_key(
    sink: H2Sink, channel: WebPushChannel
) -> None:
    assert await Ledger().take(channel, *to(sink, *numbered("p", 1000))) == [Sent(201)] * 1000
    said = await sink.report()
    assert (said["requests"], said["http2"], said["opened"], said["points"]) == (1000, 1000, 1000, 1000)
    assert said["refused"] == {}
    assert "秋の清掃" in said["payloads"]["p7"]
    assert said["connections"] <= 10
    [lane] = channel.health()
    assert (lane.http2, lane.under_way, lane.answers) == (True, 0, {"sent": 1000})


@pytest.mark.slow
async def test_a_thousand_dead_endpoints_hold_up_no_healthy_one(
    sink: H2Sink, channel: WebPushChannel
) -> None:
    names = [name for pair in zip(numbered("s410-", 1000), numbered("p", 1000), strict=True) for name in pair]
    outcomes = await Ledger().take(channel, *to(sink, *names))
    assert outcomes == [Gone(410, "unsubscribed"), Sent(201)] * 1000
    assert channel.health()[0].answers == {"sent": 1000, "unsubscribed": 1000}


@pytest.mark.parametrize(
    ("name", "expected", "seconds"),
    [
        ("drip-", Sent(201), 8.0),
        ("huge-", Sent(201), 8.0),
        ("s307-", Later(307, "redirected"), 8.0),
        ("s429-", Later(429, "slow-down", timedelta(seconds=30), True), 8.0),
        pytest.param("mute-", Later(None, "service-silent"), 12.0, marks=pytest.mark.slow),
    ],
)
async def test_what_a_service_does_to_one_stream_stays_in_it(
    sink: H2Sink, channel: WebPushChannel, name: str, expected: Outcome, seconds: float
) -> None:
    began = time.monotonic()
    others = to(sink, *numbered("late200-", 20))
    outcomes = await Ledger().take(channel, *others, replace(to(sink, name)[0], id="odd"))
    assert outcomes == [Sent(201)] * 20 + [expected]
    assert time.monotonic() - began < seconds
    assert (await sink.report())["requests"] == 21


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("s429-", Later(429, "slow-down", timedelta(seconds=30), True)),
        ("s503-", Later(503, "service-trouble")),
        ("s307-", Later(307, "redirected")),
        ("drip-", Sent(201)),
        ("huge-", Sent(201)),
    ],
)
async def test_a_service_that_was_long_well_is_heard_when_it_stumbles(
    sink: H2Sink, channel: WebPushChannel, name: str, expected: Outcome
) -> None:
    """Its heads are no longer read line by line by then."""
    await Ledger().take(channel, *to(sink, *numbered("p", 60)))
    began = time.monotonic()
    assert await Ledger().take(channel, *to(sink, name)) == [expected]
    assert time.monotonic() - began < 6


async def test_a_service_that_ends_the_connection_loses_no_push(
    sink: H2Sink, channel: WebPushChannel
) -> None:
    names = [*numbered("p", 150), *numbered("bye-", 3), *numbered("q", 150)]
    assert await Ledger().take(channel, *to(sink, *names)) == [Sent(201)] * 303


@pytest.mark.slow
async def test_an_emergency_has_room_in_a_lane_that_others_fill(sink: H2Sink) -> None:
    channel = opened(sink, seconds=10.0, in_all=20)
    held = asyncio.create_task(Ledger().take(channel, *to(sink, *numbered("late1500-", 40))))
    await under_way(channel, 20)
    ledger = Ledger()
    await ledger.take(channel, *to(sink, *numbered("p", 10), emergency=True))
    assert set(ledger.outcomes.values()) == {Sent(201)}
    assert not held.done()
    assert channel.health()[0].waiting == 20, "and of the others none began meanwhile"
    assert await held == [Sent(201)] * 40
    await channel.close()


@pytest.mark.slow
async def test_a_service_that_hangs_leaves_the_others_their_room(sink: H2Sink, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with h2sink(tmp_path / "other") as other:
        both = replace(sink.hosts, origins=sink.hosts.origins | other.hosts.origins)
        bundle = tmp_path / "both.pem"
        bundle.write_bytes(b"".join(map(Path.read_bytes, (sink.authorities, other.authorities))))
        channel = opened(sink, hosts=both, authorities=str(bundle), seconds=20)
        hanging = asyncio.create_task(Ledger().take(channel, *to(sink, *numbered("mute-", 200))))
        await under_way(channel, 50)
        began = time.monotonic()
        assert await Ledger().take(channel, *to(other, *numbered("p", 500))) == [Sent(201)] * 500
        assert time.monotonic() - began < 15
        assert not hanging.done()
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
        await channel.close()


async def test_keys_made_ahead_are_for_emergencies_and_open_the_same(
    sink: H2Sink, channel: WebPushChannel
) -> None:
    ordinary, pressing = to(sink, "hanako"), to(sink, "taro", emergency=True)
    addresses = [each.to for each in ordinary + pressing]
    assert [await channel.prepare(addresses), await channel.prepare(addresses)] == [2, 0]
    assert await Ledger().take(channel, *ordinary, *pressing) == [Sent(201)] * 2
    assert await channel.prepare(addresses) == 1, "the emergency has used its key, the other message none"
    said = await sink.report()
    assert (said["opened"], said["points"], said["refused"]) == (2, 2, {})


async def test_a_certificate_nobody_vouches_for_is_no_push_service(sink: H2Sink) -> None:
    channel = opened(sink, authorities=None)
    assert await Ledger().take(channel, *to(sink, "hanako")) == [Later(None, "service-unreachable")]
    assert (await sink.report())["requests"] == 0
    await channel.close()


@pytest.mark.slow
async def test_what_is_cancelled_is_not_settled_and_hands_its_room_on(sink: H2Sink) -> None:
    channel = opened(sink, seconds=3.0)
    ledger = Ledger()
    task = asyncio.create_task(ledger.take(channel, *to(sink, *numbered("mute-", 60))))
    await under_way(channel, 50)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await Ledger().take(channel, *to(sink, "p")) == [Sent(201)]
    assert ledger.outcomes == {}
    assert channel.health()[0].waiting == 0
    await channel.close()
