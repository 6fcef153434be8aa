"""A house with real channels: a mail server between it and its own listener, a push service, a clerk with a phone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from notices.canary.watch import State, state_of
from notices.channels.mail import MailChannel
from notices.channels.push_hosts import PushHosts
from notices.channels.smtp_url import relay_of
from notices.channels.vapid import Vapid
from notices.channels.webpush import WebPushChannel
from notices.models import Canary
from server.bounces.listener import listening
from server.canary.keeper import Keeper
from server.sinks.mail import Letterbox, MailSink
from server.sinks.push import PushSink
from tests.journeys.test_delivering import subscribe
from tests.phone import Phone
from tests.server.test_bounces import DOMAIN, dialogue
from tests.server.test_watching import appoint
from tests.town import Town, town

ALARM = "operator@city.example.jp"
TIMES = ("due_at", "since", "left_at", "seen_at", "outage", "telling_until")


class Relay(MailSink):
    """The mail server of the city: keeps a copy, and carries what is for our domain to our listener.

    `answer`: what it says to everybody in place of that. `loses`: it says yes, and does nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.listener = 0
        self.answer: str | None = None
        self.loses = False
        self.holds: asyncio.Event | None = None
        """It says nothing more until then."""
        self.hangs = ""
        """A mailbox of which it never says anything."""
        self.reached = asyncio.Event()
        """It has a whole mail in its hands."""
        self.forwards: dict[str, str] = {}
        """Mailboxes that pass on what they get."""
        self.onward: list[str] = []
        """Answers of the listener."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.reached.set()
        if self.hangs in envelope.rcpt_tos:
            await asyncio.Event().wait()
        if self.holds is not None:
            await self.holds.wait()
        if self.answer is not None:
            return self.answer
        said = await super().handle_DATA(server, session, envelope)
        to = self.forwards.get(envelope.rcpt_tos[0], envelope.rcpt_tos[0])
        if to.endswith(f"@{DOMAIN}") and not self.loses:
            await self._hand_over(to, bytes(envelope.original_content or b""))
        return said

    async def carry(self, kept: Letterbox) -> None:
        """Once more, what was kept."""
        await self._hand_over(kept.recipients[0], kept.raw)

    async def _hand_over(self, to: str, raw: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.listener)
        self.onward.append((await dialogue(reader, writer, raw, to, "EHLO mx.example.jp"))[-2])


@dataclass
class Rig:
    here: Town
    relay: Relay
    phones: PushSink
    clerk: Phone
    keepers: list[Keeper] = field(default_factory=list)

    async def round(self) -> None:
        """Every worker has a look; twice, as an alarm follows from what the first has found."""
        for _ in range(2):
            for keeper in self.keepers:
                await keeper.turn()
            for keeper in self.keepers:
                await keeper.idle()

    async def pass_(self, minutes: float) -> None:
        """By the house's clock, which is the database's too on SQLite; on PostgreSQL the rows grow older instead."""
        self.here.clock.pass_(minutes=minutes)
        if self.here.house.db.dialect != "sqlite":
            await self.age(minutes)

    async def age(self, minutes: float) -> None:
        async with self.here.house.db.write() as session:
            for row in await session.scalars(select(Canary)):
                for name in TIMES:
                    if (at := getattr(row, name)) is not None:
                        setattr(row, name, at - timedelta(minutes=minutes))
                row.flights = {id: left - minutes * 60 for id, left in row.flights.items()}

    async def minutes(self, minutes: int) -> None:
        """Minute by minute, as workers see it."""
        for _ in range(minutes):
            await self.pass_(1)
            await self.round()

    async def row(self, channel: str = "mail") -> Canary | None:
        async with self.here.house.db.read() as session:
            return await session.get(Canary, channel)

    async def state(self, channel: str = "mail") -> State:
        house = self.here.house
        async with house.db.read() as session:
            row = await session.get(Canary, channel)
            return state_of(row, await house.db.now(session, house.clock))

    def told(self) -> list[str]:
        """Titles on the clerk's phone."""
        return [each["notification"]["title"] for each in self.phones.payloads("clerk")]


@asynccontextmanager
async def rig(
    database_url: str, folder: Path, *, workers: int = 1, hosts: str = "", **changed: Any
) -> AsyncIterator[Rig]:
    towns: list[Town] = []
    relay, phones = Relay(), PushSink(now=lambda: towns[0].clock())
    await relay.start()
    await phones.start()
    wanted = {
        "smtp_url": relay.url,
        "bounce_domain": DOMAIN,
        "bounce_listen": "127.0.0.1:0",
        "push_hosts": ",".join(filter(None, [phones.origin, hosts])),
    }
    async with (
        town(database_url, folder, **wanted | changed) as here,
        listening(here.house) as server,
    ):
        assert server is not None
        towns.append(here)
        relay.listener = server.sockets[0].getsockname()[1]
        await _real_channels(here, relay)
        clerk = await here.phone("渡辺 誠")
        await appoint(here, "渡辺 誠", "clerk")
        await subscribe(clerk, phones.subscribe("clerk").as_json())
        keepers = [Keeper(here.house, look=0) for _ in range(workers)]
        try:
            yield Rig(here, relay, phones, clerk, keepers)
        finally:
            for keeper in keepers:
                await keeper.end()
            for channel in here.house.channels.values():
                await channel.close()
            await relay.close()
            await phones.close()


async def _real_channels(here: Town, relay: Relay) -> None:
    channels = here.house.channels
    assert isinstance(channels, dict)
    house = here.house
    hosts = PushHosts.extended(house.settings.push_hosts.split(","))
    vapid = Vapid(house.keys.vapid, "mailto:kairan@example.jp", here.clock)
    channels["push"] = WebPushChannel(vapid, hosts=hosts, now=here.clock)
    channels["mail"] = MailChannel(
        relay_of(relay.url), sender="kairan@example.jp", helo="kairan.example.jp", now=here.clock
    )
