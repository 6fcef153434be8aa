"""Push switched off by its person stays off, however often the phone says where it is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.channels.memory import MemoryChannel
from notices.models import Address
from notices.outcomes import Gone
from server.sinks.push import PushSink
from tests.journeys.story import RESIDENT
from tests.phone import Phone
from tests.town import Town, town

PATH = "/api/v1/me/push-subscription"


@dataclass
class Home:
    """A resident's phone, and where its pushes go."""

    town: Town
    phone: Phone
    push: PushSink

    async def post(self, name: str = "phone") -> str:
        """What the app does at each start. The state it is told."""
        answer = await self.phone.http.put(PATH, json=self.push.subscribe(name).as_json())
        assert answer.status_code == 200, answer.text
        state: str = answer.json()["state"]
        return state

    async def switch(self, on: bool) -> None:
        wish = {"channels": {"push": on}}
        answer = await self.phone.http.put("/api/v1/me/preferences", json=wish)
        assert answer.json()["channels"]["push"] is on, answer.text

    async def carries(self) -> bool:
        me: dict[str, Any] = (await self.phone.http.get("/api/v1/me")).json()
        carries: bool = me["channels"]["push"]
        return carries


@pytest.fixture
async def home(database_url: str, tmp_path: Path) -> AsyncIterator[Home]:
    """Whose push service calls every subscription dead, once something is sent to it."""
    push = PushSink()
    await push.start()
    gone = MemoryChannel("push", lambda _: Gone(410, "unsubscribed"))
    channels = {"mail": MemoryChannel("mail"), "push": gone}
    async with town(database_url, tmp_path, channels, push_hosts=push.origin) as here:
        yield Home(here, await here.phone(RESIDENT), push)
    await push.close()


async def test_push_that_was_switched_off_stays_off_at_the_next_start_of_the_app(home: Home) -> None:
    assert await home.post() == "live"
    await home.switch(False)
    assert await home.post() == "off"
    assert not await home.carries()
    await home.switch(True)
    assert await home.carries()
    assert await home.post() == "live"


async def test_push_that_was_switched_off_stays_off_when_the_service_gives_a_new_endpoint(home: Home) -> None:
    await home.post()
    await home.switch(False)
    assert await home.post("renewed") == "off"
    assert not await home.carries()
    await home.switch(True)
    assert await home.carries()


async def test_push_that_this_phone_gave_up_comes_back_when_it_subscribes(home: Home) -> None:
    await home.post()
    assert (await home.phone.http.delete(PATH)).status_code == 204
    assert not await home.carries()
    assert await home.post() == "live"
    assert await home.carries()


async def test_a_subscription_that_its_service_called_dead_stays_dead_until_the_phone_has_another(
    home: Home,
) -> None:
    await home.post()
    president = await home.town.phone("山田 花子")
    await home.town.post(president)
    await home.town.work()
    assert await home.post() == "gone", "the browser still has it: it is told to make another"
    assert not await home.carries()
    assert await home.post("another") == "live"
    assert await home.post() == "gone", "also when it comes back late"
    assert await home.carries()


async def test_a_subscription_posted_twice_at_once_is_one(home: Home) -> None:
    assert await asyncio.gather(*(home.post() for _ in range(6))) == ["live"] * 6
    async with home.town.house.db.read() as session:
        rows = (await session.scalars(select(Address.state).where(Address.channel == "push"))).all()
    assert rows == ["live"]
