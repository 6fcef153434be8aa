"""Web push: encryption alone, and sending over TLS to a service that opens a sample; beside pywebpush. No ledger here.

`python -m tests.bench.fanout --only=push` prints these rows alone. Rounds are interleaved, figures are medians.
Everyone sends the same subscriptions the same 600 bytes. By the clock, the service has a core of its own to itself or
has not; by the sender's own CPU time it does not matter, so both are told.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from pywebpush import webpush_async

from notices.channels import Push, PushAddress
from notices.channels.push import encoder, reference
from notices.channels.push.sealing import PREPARED_AT_ONCE
from notices.channels.vapid import Vapid
from notices.channels.webpush import Carrier, WebPushChannel
from notices.outcomes import Outcome, Sent
from notices.wording.payload import PushBody
from tests.bench.fanout import npm
from tests.bench.fanout.service import service
from tests.bench.sync import Row, at_least, no_more, told
from tests.bench.sync.lab import Lab
from tests.h2sink import H2Sink

SUBJECT = "mailto:kairan@example.jp"
BODY = PushBody(b"x" * 600, b"x", 86400, "high", "T" * 32)
AT_ONCE = 100
"""Of webpush_async; more makes it no faster."""


class Took(NamedTuple):
    """Messages per second, by the clock and by the sender's CPU; the event loop's lag in ms (p99)."""

    clock: float
    cpu: float
    lag: float


async def rows(lab: Lab) -> list[Row]:
    messages, rounds = (3_000, 5) if lab.big else (1_000, 3)
    key = ec.generate_private_key(ec.SECP256R1())
    async with service(lab.folder, sample=50) as sink:
        batch = [message(sink, number) for number in range(messages)]
        made = await asyncio.to_thread(_encoding, [each.to for each in batch], rounds)
        ways: dict[str, Callable[[], Awaitable[Took]]] = {
            "fresh": lambda: _ours(sink, key, batch, "curl"),
            "ahead": lambda: _ours(sink, key, [replace(each, urgency="emergency") for each in batch], "curl"),
            "plain": lambda: _ours(sink, key, batch, "plain"),
            "theirs": lambda: theirs(sink, key, batch),
        }
        took: dict[str, list[Took]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                took[name].append(await way())
        said = await sink.report()
    assert said["refused"] == {}, said["refused"]
    assert said["opened"] >= messages * rounds * len(ways) // 100
    return [*made, *_compared(took)]


def message(sink: H2Sink, number: int) -> Push:
    phone = sink.subscribe(f"p{number}")
    return Push(f"m{number}", sink.origin, PushAddress(phone.endpoint, phone.p256dh, phone.auth), BODY)


def _encoding(addresses: Sequence[PushAddress], rounds: int) -> list[Row]:
    """Encryption alone, by CPU time."""
    fresh, ahead, theirs = [], [], []
    for _ in range(rounds):
        theirs.append(_rate(addresses, lambda each: reference.encrypted(each, BODY.payload)))
        fresh.append(_rate(addresses, lambda each: encoder.encrypted(each, BODY.payload)))
        keys = {each.endpoint: encoder.ephemeral(each) for each in addresses}
        ahead.append(_rate(addresses, lambda each, k=keys: encoder.sealed(k[each.endpoint], BODY.payload)))  # type: ignore[misc]
    peer = median(theirs)
    return [
        told("encryption, a fresh key each / pywebpush's", median(fresh), "/s of CPU", peer),
        told("encryption, keys made ahead / pywebpush's", median(ahead), "/s of CPU", peer),
    ]


def _rate(addresses: Sequence[PushAddress], make: Callable[[PushAddress], bytes]) -> float:
    began = time.thread_time()
    for each in addresses:
        make(each)
    return len(addresses) / (time.thread_time() - began)


async def _ours(
    sink: H2Sink, key: ec.EllipticCurvePrivateKey, batch: Sequence[Push], carrier: Carrier
) -> Took:
    channel = WebPushChannel(
        Vapid(key, SUBJECT, _now),
        hosts=sink.hosts,
        now=_now,
        seconds=60,
        carrier=carrier,
        authorities=str(sink.authorities),
    )
    if batch[0].urgency == "emergency":
        for start in range(0, len(batch), PREPARED_AT_ONCE):
            await channel.prepare([each.to for each in batch[start : start + PREPARED_AT_ONCE]])
    outcomes: list[Outcome] = []

    async def settle(answers: Sequence[tuple[str, Outcome]]) -> None:
        outcomes.extend(outcome for _, outcome in answers)

    async def crossing(ids: Sequence[str]) -> Sequence[str]:
        return ids

    try:
        took = await _timed(len(batch), channel.send(batch, settle=settle, crossing=crossing))
    finally:
        await channel.close()
    assert outcomes == [Sent(201)] * len(batch), "everything was taken"
    return took


async def theirs(sink: H2Sink, key: ec.EllipticCurvePrivateKey, batch: Sequence[Push]) -> Took:
    """As its documentation has it, with one session for all."""
    signer, room = Vapid02(key), asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.TCPConnector(limit=AT_ONCE, ssl=sink.trust())
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(message: Push) -> None:
            async with room:
                answer = await webpush_async(
                    {
                        "endpoint": message.to.endpoint,
                        "keys": {"p256dh": message.to.p256dh, "auth": message.to.auth},
                    },
                    data=message.body.payload,
                    vapid_private_key=signer,
                    vapid_claims={"sub": SUBJECT},
                    headers={"Urgency": message.body.urgency, "Topic": message.body.topic},
                    ttl=message.body.ttl,
                    aiohttp_session=session,
                )
                assert answer.status == 201

        return await _timed(len(batch), asyncio.gather(*map(one, batch)))


async def npm_web_push(folder: Path, sink: H2Sink, messages: int) -> Callable[[], Awaitable[float]]:
    """As its documentation has it, with an agent that keeps connections."""
    home = await npm.installed(folder)
    said = {
        "subscriptions": [sink.subscribe(f"p{number}").as_json() for number in range(messages)],
        "payload": BODY.payload.decode(),
        "contact": SUBJECT,
        "headers": {"Urgency": BODY.urgency, "Topic": BODY.topic},
        "ttl": BODY.ttl,
        "authorities": str(sink.authorities),
        "together": AT_ONCE,
    }
    (home / "pushes.json").write_text(json.dumps(said))

    async def send() -> float:
        return messages / await npm.run(home, "web-push.js")

    return send


async def _timed(messages: int, sending: Awaitable[object]) -> Took:
    lags: list[float] = []
    watch = asyncio.create_task(_watch(lags))
    clock, cpu = time.perf_counter(), time.process_time()
    await sending
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    watch.cancel()
    lag = sorted(lags)[int(len(lags) * 0.99)] if lags else 0.0
    return Took(messages / clock, messages / cpu, lag * 1000)


async def _watch(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        lags.append(time.perf_counter() - began - 0.005)


def _compared(took: dict[str, list[Took]]) -> list[Row]:
    clock = {name: median(each.clock for each in those) for name, those in took.items()}
    cpu = {name: median(each.cpu for each in those) for name, those in took.items()}
    lag = median(each.lag for each in took["fresh"])
    return [
        at_least("web push, a fresh key each / webpush_async", clock["fresh"], clock["theirs"], "/s", 3),
        at_least("web push, keys made ahead / webpush_async", clock["ahead"], clock["theirs"], "/s", 8),
        told("web push without pycurl / webpush_async", clock["plain"], "/s", clock["theirs"]),
        at_least("… a fresh key each, by CPU of the sender", cpu["fresh"], cpu["theirs"], "/s of CPU", 3),
        at_least("… keys made ahead, by CPU of the sender", cpu["ahead"], cpu["theirs"], "/s of CPU", 8),
        told("… without pycurl, by CPU of the sender", cpu["plain"], "/s of CPU", cpu["theirs"]),
        no_more("the event loop's lag beside the sending thread, p99", lag, "ms", 10),
    ]


def _now() -> datetime:
    return datetime.now(UTC)
