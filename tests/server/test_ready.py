"""Between claim and sending: words are made while others write, and what cannot be said is given back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.channels.memory import MemoryChannel
from notices.deliver import whom
from notices.models import Message
from server.work import carriers
from server.work.carriers import Carriers
from tests.journeys import story
from tests.server.test_carriers import states
from tests.town import Town, town

pytestmark = pytest.mark.everyday


class Words:
    """Stands in for what reads whom a batch is for: it waits, or fails, as often as it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._read = whom.recipients
        self.failures = 0
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()
        monkeypatch.setattr(whom, "recipients", self)

    async def __call__(self, *given: Any) -> Any:
        self.asked.set()
        await self.go_on.wait()
        if self.failures:
            self.failures -= 1
            raise ValueError("no words")
        return await self._read(*given)


@asynccontextmanager
async def posted(database_url: str, folder: Path) -> AsyncIterator[tuple[Town, MemoryChannel, str]]:
    mail = MemoryChannel("mail")
    channels = {"mail": mail, "push": MemoryChannel("push")}
    async with town(database_url, folder, channels) as here, asyncio.timeout(60):
        president = await here.phone("山田 花子")
        notice = await here.post(president)
        yield here, mail, notice["id"]


async def test_while_words_are_made_somebody_else_writes_and_what_is_withdrawn_does_not_leave(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with posted(database_url, tmp_path) as (here, mail, notice):
        president = await here.phone("山田 花子")
        words, at_work = Words(monkeypatch), Carriers(here.house)
        await at_work.open()
        await words.asked.wait()
        assert (await states(here))["sending"], "they are claimed"
        await story.act(president, notice, "withdraw")
        words.go_on.set()
        await at_work.drain(30)
        assert not mail.kept
        assert set(await states(here)) == {"skipped"}


async def test_what_cannot_be_put_into_words_is_given_back_at_once_and_tried_again(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carriers, "PAUSE", 0)
    async with posted(database_url, tmp_path) as (here, mail, _):
        words, at_work = Words(monkeypatch), Carriers(here.house)
        words.failures = 2
        words.go_on.set()
        await at_work.open()
        await at_work.drain(30)
        assert not mail.kept
        assert set(await states(here)) == {"due"}
        async with here.house.db.read() as session:
            assert set(await session.scalars(select(Message.attempt))) == {0}, "nothing was tried"
        await here.worker.idle()
        assert set(await states(here)) == {"sent"}
