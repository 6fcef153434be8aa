"""Push's canary goes to a subscription of our own at a service that speaks as Mozilla's does, and is opened there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.firefox.push_service import DELIVERED, PushService
from tests.canary.rig import ALARM, Rig, rig

SILENT = "【Kairan】プッシュ通知が届いていません"


@asynccontextmanager
async def opened(database_url: str, folder: Path) -> AsyncIterator[tuple[Rig, PushService]]:
    """No canary by mail; the operator gets mail."""
    rigs: list[Rig] = []
    service = PushService(now=lambda: rigs[0].here.clock())
    await service.start()
    facts: dict[str, Any] = {"canary_push": service.address, "canary_mail": "off", "alarm_mail": ALARM}
    try:
        async with rig(database_url, folder, hosts=service.origin, **facts) as it:
            rigs.append(it)
            yield it, service
    finally:
        await service.close()


async def test_a_push_goes_out_every_five_minutes_and_is_opened(database_url: str, tmp_path: Path) -> None:
    async with opened(database_url, tmp_path) as (it, service):
        await it.round()
        await it.minutes(10)
        assert service.answered == [201] * 3
        assert service.acknowledged == [DELIVERED] * 3
        assert await it.state("push") == "well"
        assert len(service.endpoints) == 1, "it subscribes once"
        assert it.relay.count == 0
        assert it.told() == []


async def test_a_service_that_refuses_is_told_by_mail_and_so_is_its_return(
    database_url: str, tmp_path: Path
) -> None:
    async with opened(database_url, tmp_path) as (it, service):
        await it.round()
        service.refuses = 403
        await it.minutes(12)
        assert await it.state("push") == "red"
        (alarm,) = it.relay.messages(ALARM)
        assert str(alarm.parsed["Subject"]) == SILENT
        assert "kairan doctor" in alarm.body("plain")
        assert "こちらの鍵が認められませんでした" in alarm.body("plain")
        service.refuses = None
        await it.minutes(6)
        assert [str(each.parsed["Subject"]) for each in it.relay.messages(ALARM)] == [
            SILENT,
            "【Kairan】プッシュ通知は元に戻りました",
        ]


async def test_a_service_that_takes_it_and_brings_nothing_is_found_out(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.canary.by_push.ARRIVES", 0.05)
    async with opened(sqlite_database, tmp_path) as (it, service):
        await it.round()
        service.loses = True
        await it.minutes(11)
        assert service.answered[-1] == 201
        assert await it.state("push") == "red"
        assert len(it.relay.messages(ALARM)) == 1


async def test_a_service_that_is_gone_and_comes_back_without_its_memory_is_subscribed_at_anew(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with opened(sqlite_database, tmp_path) as (it, service):
        await it.round()
        service.forget()
        await it.minutes(5)
        assert service.answered == [201, 201]
        service.drop()
        await it.minutes(10)
        assert service.answered[2:] == [410, 201]
        assert await it.state("push") == "well"


async def test_a_service_that_lets_nobody_listen_is_red_with_its_reason(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with opened(sqlite_database, tmp_path) as (it, service):
        await it.round()
        await service.close()
        await it.minutes(10)
        row = await it.row("push")
        assert row is not None
        assert (await it.state("push"), row.reason) == ("red", "canary-deaf")
