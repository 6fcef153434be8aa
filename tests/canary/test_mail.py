"""Mail's canary goes out by the real dialogue and comes in by our own listener; what does not arrive is told."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from notices.canary import address
from notices.models import City, Delivery, Message
from server.db import Database
from tests.canary.rig import ALARM, rig
from tests.notices import bounce_reports as reports
from tests.server.test_bounces import DOMAIN, SECRET, dialogue


async def test_a_mail_goes_out_every_five_minutes_and_is_seen_to_arrive(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path) as it:
        await it.round()
        assert it.relay.onward == ["250 2.0.0 Taken"]
        assert await it.state() == "well"
        await it.minutes(4)
        assert it.relay.count == 1
        await it.minutes(11)
        assert it.relay.count == 4
        assert await it.state() == "well"
        assert len(set(it.relay.recipients())) == 4, "each round has a name of its own"
        assert it.told() == []


async def test_mail_that_breaks_is_red_within_ten_minutes_told_once_by_push_and_cleared(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path, alarm_mail=ALARM) as it:
        await it.round()
        await it.minutes(7)
        it.relay.answer = "451 4.3.0 Not today"
        await it.minutes(9)
        assert await it.state() == "red"
        await it.minutes(20)
        assert it.told() == ["【Kairan】メールが届いていません"]
        text = it.phones.payloads("clerk")[0]["notification"]["body"]
        assert "11月20日10:05から" in text or it.here.house.db.dialect != "sqlite"
        assert "kairan doctor" in text
        assert not it.relay.messages(ALARM), "mail is what does not work"
        it.relay.answer = None
        await it.minutes(6)
        assert await it.state() == "well"
        assert it.told()[1:] == ["【Kairan】メールは元に戻りました"]
        await it.minutes(10)
        assert len(it.told()) == 2


async def test_mail_that_is_taken_and_lost_is_found_out(database_url: str, tmp_path: Path) -> None:
    async with rig(database_url, tmp_path) as it:
        await it.round()
        it.relay.loses = True
        await it.minutes(11)
        assert await it.state() == "red"
        assert it.told() == ["【Kairan】メールが届いていません"]


async def test_of_several_workers_one_makes_each_round_and_one_tells(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path, workers=3) as it:
        await it.round()
        await it.minutes(5)
        assert it.relay.count == 2
        it.relay.answer = "451 4.3.0 Not today"
        await it.minutes(12)
        assert it.told() == ["【Kairan】メールが届いていません"]


async def test_it_touches_no_message_and_no_delivery(sqlite_database: str, tmp_path: Path) -> None:
    async with rig(sqlite_database, tmp_path) as it:
        await it.minutes(6)
        async with it.here.house.db.read() as session:
            for table in (Message, Delivery):
                assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_nothing_leaves_a_house_on_hold_and_its_silence_alarms_nobody_when_it_is_released(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path) as it:
        await it.round()
        await hold(it.here.house.db, True)
        await it.minutes(30)
        assert it.relay.count == 1
        await hold(it.here.house.db, False)
        await it.minutes(7)
        assert await it.state() == "well"
        assert it.told() == []


async def hold(db: Database, on_hold: bool) -> None:
    async with db.write() as session:
        await session.execute(update(City).values(on_hold=on_hold), execution_options={"journalled": True})


async def test_a_mailbox_elsewhere_passes_it_on_to_an_address_that_never_changes(
    database_url: str, tmp_path: Path
) -> None:
    mailbox = "canary@city.example.jp"
    async with rig(database_url, tmp_path, canary_mail=mailbox) as it:
        it.relay.forwards[mailbox] = address.home(it.here.house.keys.vault, DOMAIN)
        await it.round()
        assert it.relay.recipients() == [mailbox]
        assert it.relay.onward == ["250 2.0.0 Taken"]
        assert await it.state() == "well"


async def test_what_arrives_too_late_or_again_is_no_sign_of_health(database_url: str, tmp_path: Path) -> None:
    async with rig(database_url, tmp_path) as it:
        await it.round()
        old = it.relay.messages()[0]
        it.relay.loses = True
        await it.minutes(11)
        it.relay.loses = False
        assert await it.state() == "red"
        await it.relay.carry(old)
        assert it.relay.onward[-1] == "250 2.0.0 Taken"
        assert await it.state() == "red"
        row = await it.row()
        assert row is not None
        assert row.reason == "canary-late"


async def test_a_worker_that_dies_in_the_middle_of_a_round_costs_that_round_alone(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path, workers=2) as it:
        first, second = it.keepers
        await it.round()
        await it.pass_(5)
        it.relay.reached.clear()
        it.relay.holds, it.relay.answer = asyncio.Event(), "451 4.3.0 Too late"
        await first.turn()
        await it.relay.reached.wait()
        await first.end()
        it.relay.holds.set()
        it.keepers, it.relay.holds, it.relay.answer = [second], None, None
        await it.minutes(1)
        assert it.relay.count == 1, "the round was the dead worker's"
        await it.minutes(1)
        assert it.relay.count == 2
        await it.minutes(6)
        assert it.relay.count == 3
        assert await it.state() == "well"
        assert it.told() == []


@pytest.mark.slow
async def test_a_mail_server_that_hangs_costs_no_further_round(
    sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.canary.keeper.LONGEST", 0.2)
    async with rig(sqlite_database, tmp_path) as it:
        await it.round()
        it.relay.holds = asyncio.Event()
        await it.minutes(11)
        row = await it.row()
        assert row is not None
        assert (await it.state(), row.reason) == ("red", "canary-stuck")
        it.relay.holds.set()
        it.relay.holds = None
        await it.minutes(5)
        assert await it.state() == "well"


async def test_one_that_comes_back_undeliverable_gives_its_reason_and_has_not_arrived(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path) as it:
        it.relay.loses = True
        await it.round()
        (mail,) = it.relay.messages()
        reader, writer = await asyncio.open_connection("127.0.0.1", it.relay.listener)
        said = await dialogue(
            reader, writer, reports.postfix(it.relay.recipients()[0]), mail.sender, "EHLO mx.example.jp"
        )
        assert said[-2] == "250 2.0.0 Taken"
        row = await it.row()
        assert row is not None
        assert (await it.state(), row.reason) == ("waiting", "came-back")


async def test_a_provider_brings_it_by_webhook(database_url: str, tmp_path: Path) -> None:
    async with rig(database_url, tmp_path, bounce_secret=SECRET) as it:
        it.relay.loses = True
        await it.round()
        assert await it.state() == "waiting"
        raw = it.relay.messages()[0].raw
        headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "message/rfc822"}
        async with it.here.http() as provider:
            answer = await provider.post("/api/v1/bounces", content=raw, headers=headers)
        assert answer.json() == {"was": "canary-seen"}
        assert await it.state() == "well"


async def test_one_that_is_lost_is_followed_by_another_soon_and_alarms_nobody(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path) as it:
        await it.round()
        await it.minutes(4)
        it.relay.loses = True
        await it.minutes(1)
        it.relay.loses = False
        await it.minutes(10)
        assert it.told() == []
        assert it.relay.count == 4, "at 0, 5 (lost), 7 and 12 minutes"


async def test_mail_that_takes_seven_minutes_still_counts(database_url: str, tmp_path: Path) -> None:
    async with rig(database_url, tmp_path) as it:
        it.relay.loses = True
        await it.round()
        for _ in range(7):
            await it.minutes(1)
        await it.relay.carry(it.relay.messages()[0])
        assert await it.state() == "well"


async def test_nobody_else_can_make_one_arrive(database_url: str, tmp_path: Path) -> None:
    async with rig(database_url, tmp_path) as it:
        it.relay.loses = True
        await it.round()
        to = it.relay.recipients()[0]
        other = ("c-b" if to[2] == "a" else "c-a") + to[3:]
        reader, writer = await asyncio.open_connection("127.0.0.1", it.relay.listener)
        said = await dialogue(reader, writer, b"Subject: hello\n\nhello", other, "EHLO mx.example.jp")
        assert said[-2].startswith("550 5.1.1")
        assert await it.state() == "waiting"
