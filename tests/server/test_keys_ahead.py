"""Keys for an emergency's pushes are made by an idle worker, a page at a time, and not again while all have one."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from notices.channels import Channel, PushAddress
from notices.channels.memory import MemoryChannel
from notices.channels.push_hosts import PushHosts
from notices.channels.vapid import Vapid
from notices.channels.webpush import WebPushChannel
from server.house import utc_now
from server.sinks.push import PushSink
from server.work.ahead import REST, Ahead
from tests.server.test_overtaking import working
from tests.town import Town, town

KEY = ec.generate_private_key(ec.SECP256R1())
NAMES = ["山田 花子", "渡辺 誠", "高橋 健"]


class Real(WebPushChannel):
    """Says when it has made keys, and how many."""

    def __init__(self, origin: str) -> None:
        vapid = Vapid(KEY, "mailto:kairan@example.jp", utc_now)
        super().__init__(vapid, hosts=PushHosts.extended([origin]), now=utc_now)
        self.made: asyncio.Queue[int] = asyncio.Queue()

    async def prepare(self, addresses: Sequence[PushAddress]) -> int:
        made = await super().prepare(addresses)
        self.made.put_nowait(made)
        return made


async def subscribe(here: Town, push: PushSink) -> None:
    for number, name in enumerate(NAMES):
        said = push.subscribe(f"phone{number}").as_json()
        answer = await (await here.phone(name)).http.put("/api/v1/me/push-subscription", json=said)
        assert answer.status_code == 200, answer.text


async def test_an_idle_worker_makes_a_key_for_each_live_subscription_and_then_rests(
    database_url: str, tmp_path: Path
) -> None:
    push = PushSink()
    await push.start()
    channel = Real(push.origin)
    channels: dict[str, Channel] = {"mail": MemoryChannel("mail"), "push": channel}
    async with town(database_url, tmp_path, channels, push_hosts=push.origin) as here, asyncio.timeout(60):
        await subscribe(here, push)
        ahead = Ahead(here.house, page=2)
        for _ in range(3):
            await ahead.turn()
        assert [await channel.made.get() for _ in range(2)] == [2, 1]
        assert channel.made.empty(), "all have one: it rests"
        here.clock.pass_(seconds=REST.total_seconds())
        await ahead.turn()
        assert await channel.made.get() == 0
    await channel.close()
    await push.close()


async def test_the_worker_does_so_by_itself(database_url: str, tmp_path: Path) -> None:
    push = PushSink()
    await push.start()
    channel = Real(push.origin)
    channels: dict[str, Channel] = {"mail": MemoryChannel("mail"), "push": channel}
    async with town(database_url, tmp_path, channels, push_hosts=push.origin) as here, asyncio.timeout(60):
        await subscribe(here, push)
        async with working(here.house):
            assert await channel.made.get() == len(NAMES)
    await channel.close()
    await push.close()
