"""The end of the ladder: the homes of which nobody has heard from anywhere are in the record, and somebody is told."""

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from tests.journeys import alarms, circulars, story
from tests.journeys.story import LEADER_2, PRESIDENT
from tests.journeys.test_delivering import pushes, subscribe, subscription
from tests.journeys.test_ladder import days, stamp
from tests.town import Town, town

HANAKO = "hanako.yamada@example.jp"


def told(here: Town, box: str) -> list[str]:
    """The subjects of what this mailbox was told of homes that are left."""
    mails = [each for each in story.mails(here) if each.to.address == box]
    subjects = [
        message_from_bytes(story.text_of(here, each), policy=policy.SMTP)["Subject"] for each in mails
    ]
    return [str(each) for each in subjects if "確かめられない家" in str(each)]


def residual(body: dict[str, Any]) -> set[str]:
    return {row["name"] for row in body["rows"] if row.get("residualAt")}


async def test_the_homes_at_the_end_are_in_the_record_and_the_president_is_told_once(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        notice = (await here.post(president, deadline=None))["id"]
        await here.work()
        await stamp(leader, here, notice, "伊藤")
        await days(here, 4)
        assert told(here, HANAKO) == [], "they stand at the door first"
        await days(here, 1)
        await leader.pull()
        key = ("reach", f"{notice}.{here.blocks['二班']}.l")
        assert residual(leader.records[key]) == {"渡辺"}
        assert leader.records[key]["residual"] == 1
        here.clock.pass_(hours=2)
        await here.work()
        assert told(here, HANAKO) == ["まだ確かめられない家が2軒あります：秋の清掃と側溝の点検について"]
        assert not told(here, "ken.takahashi@example.jp"), "one seat is told, and not every officer"
        await stamp(leader, here, notice, "渡辺")
        await here.work()
        await leader.pull()
        assert residual(leader.records[key]) == set()
        assert leader.records[key]["residual"] == 0


async def test_a_memo_of_homes_that_were_heard_of_meanwhile_does_not_leave(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        notice = (await here.post(president, deadline=None))["id"]
        await here.work()
        await days(here, 5)
        for home in ("鈴木", "渡辺"):
            await stamp(president, here, notice, home)
        here.clock.pass_(hours=2)
        await here.work()
        assert told(here, HANAKO) == []


async def test_of_an_emergency_of_the_city_each_president_and_the_clerks_are_told(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk = await circulars.clerk(here)
        await subscribe(clerk, subscription(9))
        await alarms.send(here, clerk)
        await here.work()
        for _ in range(16):
            here.clock.pass_(minutes=2)
            await here.work()
        (hers,) = told(here, HANAKO)
        assert hers == "まだ確かめられない家が7軒あります：【緊急】避難指示：川ぞいの地域"
        assert len(told(here, "shigeru.kobayashi@example.jp")) == 1
        theirs = [text for each in pushes(here) if "確かめられない家" in (text := each.body.payload.decode())]
        assert ["9軒" in each for each in theirs] == [True], "all of the city, and once"
