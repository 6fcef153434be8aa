"""Who is told, by what, and how often."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from server.canary.onlooker import GRACE, Onlooker
from server.sinks.push import answering
from server.work.worker import Worker
from tests.canary.rig import ALARM, rig
from tests.journeys.test_delivering import subscribe


async def test_an_alarm_that_reaches_nobody_is_told_again_until_it_does(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path) as it:
        await it.round()
        it.relay.answer = "451 4.3.0 Not today"
        it.phones.answers["clerk"] = answering(500)
        await it.minutes(15)
        assert await it.state() == "red"
        tried = it.phones.requests
        assert tried >= 2
        del it.phones.answers["clerk"]
        await it.minutes(3)
        assert it.told() == ["【Kairan】メールが届いていません"]


async def test_where_no_other_channel_takes_it_the_silent_one_is_tried_too(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with rig(sqlite_database, tmp_path, alarm_mail=ALARM) as it:
        await it.round()
        it.phones.answers["clerk"] = answering(500)
        it.relay.loses = True
        await it.minutes(11)
        assert it.relay.recipients().count(ALARM) == 1


async def test_a_mailbox_that_hangs_does_not_make_the_others_hear_it_twice(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.canary.alarm.PATIENCE", 0.5)
    hangs = "hangs@slow.example.jp"
    facts: dict[str, Any] = {"alarm_mail": f"{ALARM}, {hangs}", "canary_mail": "off"}
    async with rig(sqlite_database, tmp_path, canary_push="ws://127.0.0.1:1/", **facts) as it:
        it.relay.hangs = hangs
        await it.minutes(14)
        assert await it.state("push") == "red"
        assert it.relay.recipients() == [ALARM]


async def test_residents_and_officers_are_not_told(database_url: str, tmp_path: Path) -> None:
    async with rig(database_url, tmp_path) as it:
        for name in ("山田 花子", "伊藤 さち"):
            await subscribe(await it.here.phone(name), it.phones.subscribe(f"of-{len(name)}-x").as_json())
        await it.round()
        it.relay.loses = True
        await it.minutes(11)
        assert it.phones.counts() == {"clerk": 1}


async def test_when_no_worker_runs_a_server_says_so_once_and_the_worker_that_comes_back_gives_the_all_clear(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path) as it:
        onlooker = Onlooker(it.here.house)
        await it.round()
        await it.pass_(5)
        for _ in range(GRACE):
            await onlooker.look()
        assert it.told() == [], "somebody made a round five minutes ago"
        await it.pass_(6)
        for _ in range(GRACE - 1):
            await onlooker.look()
        assert it.told() == [], "a worker may just be starting"
        for _ in range(5):
            await onlooker.look()
        assert it.told() == ["【Kairan】メールが届いていません", "【Kairan】お知らせの送り出しが滞っています"]
        assert "送信の係" in it.phones.payloads("clerk")[0]["notification"]["body"]
        await it.minutes(3)
        assert sorted(it.told()[2:]) == [
            "【Kairan】お知らせの送り出しは元に戻りました",
            "【Kairan】メールは元に戻りました",
        ]


async def test_a_clock_that_was_set_back_does_not_vouch_for_the_days_to_come(
    sqlite_database: str, tmp_path: Path
) -> None:
    async with rig(sqlite_database, tmp_path) as it:
        await it.round()
        await it.pass_(-24 * 60)
        it.relay.loses = True
        await it.minutes(11)
        assert await it.state() == "red"


@pytest.mark.everyday
async def test_a_running_worker_lets_it_out_by_itself(database_url: str, tmp_path: Path) -> None:
    async with rig(database_url, tmp_path) as it:
        stop = asyncio.Event()
        running = asyncio.create_task(Worker(it.here.house).run(stop))
        await asyncio.wait_for(it.relay.reached.wait(), 20)
        stop.set()
        await running
        assert it.relay.count == 1
