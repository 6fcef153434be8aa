"""What an officer is told before pressing: who is reached within half an hour, and why others are not."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from notices.models import Address, Lane
from tests.journeys.story import PRESIDENT, RESIDENT
from tests.journeys.test_delivering import subscribe, subscription
from tests.journeys.test_preferences import wish
from tests.phone import Phone
from tests.town import TENANT, Town, town


async def forecast(by: Phone, association: str, **about: str) -> dict[str, Any]:
    answer = await by.http.get(f"/api/v1/associations/{association}/forecast", params=about)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    for part in (found, *found["blocks"]):
        assert part["withChannel"] + part["paper"] + part["withoutChannel"] == part["households"]
        assert sum(part["without"].values()) == part["withoutChannel"]
        assert part["withinHalfHour"] <= part["withChannel"]
    assert sum(block["households"] for block in found["blocks"]) == found["households"]
    return found


async def set_mail(here: Town, name: str, state: str, reason: str) -> None:
    rows = update(Address).where(Address.tenant == TENANT, Address.person == here.people[name])
    async with here.house.db.write() as session:
        await session.execute(rows.values(state=state, reason=reason))


async def rest(here: Town, lane: str, until: datetime) -> None:
    async with here.house.db.write() as session:
        row = {"channel": "mail", "name": lane, "paused_until": until, "asked": True, "troubles": 20}
        await session.execute(insert(Lane).values(row))


async def test_every_home_is_counted_once_in_its_block(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        seen = await forecast(await here.phone(PRESIDENT), here.sakura)
        first, second = seen["blocks"]
        assert (first["name"], first["withinHalfHour"], first["paper"]) == ("一班", 2, 1)
        assert (second["name"], second["withinHalfHour"], second["without"]) == ("二班", 3, {"never": 1})


async def test_a_home_without_a_way_says_why(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await here.phone("渡辺 誠")
        await set_mail(here, RESIDENT, "off", "stopped")
        await set_mail(here, "高橋 健", "gone", "mailbox-unknown")
        await set_mail(here, "田中 実", "suppressed", "mailbox-refused")
        seen = await forecast(president, here.sakura)
        assert seen["without"] == {"stopped": 1, "gone": 1, "failing": 1, "no-push": 1}


async def test_a_mail_domain_that_rests_for_longer_is_not_promised_within_half_an_hour(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await rest(here, "docomo.example.jp", here.clock() + timedelta(minutes=29))
        await rest(here, "example.jp", here.clock() + timedelta(minutes=31))
        seen = await forecast(president, here.sakura)
        assert (seen["withChannel"], seen["withinHalfHour"]) == (5, 1)


async def test_who_sleeps_or_waits_for_a_bundle_is_not_promised_within_half_an_hour(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await wish(await here.phone(RESIDENT), quietHours={"from": "00:00", "to": "23:59"})
        await wish(await here.phone("高橋 健"), digest={"every": "daily", "hour": 18})
        seen = await forecast(president, here.sakura)
        assert (seen["withChannel"], seen["withinHalfHour"]) == (5, 3)


async def test_the_first_channel_decides_when_a_home_is_told(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await rest(here, "docomo.example.jp", here.clock() + timedelta(hours=1))
        await rest(here, "example.jp", here.clock() + timedelta(hours=1))
        await subscribe(await here.phone(RESIDENT), subscription(1))
        before = (await forecast(president, here.sakura))["withinHalfHour"]
        async with here.house.db.write() as session:
            row = {"channel": "push", "name": "http://127.0.0.1:1", "asked": True, "troubles": 20}
            until = here.clock() + timedelta(hours=1)
            await session.execute(insert(Lane).values(row | {"paused_until": until}))
            await session.execute(update(Lane).where(Lane.channel == "mail").values(paused_until=None))
        assert (before, (await forecast(president, here.sakura))["withinHalfHour"]) == (1, 4)


async def test_a_home_whose_people_want_nothing_of_the_topic_is_counted_without_a_channel(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await wish(await here.phone(RESIDENT), topics={"money": False})
        told = [(await here.post(president, topic=topic))["id"] for topic in ("events", "money")]
        await president.pull()
        counts = [president.records["sent", id]["forecast"]["withChannel"] for id in told]
        assert counts == [5, 4]


async def test_the_forecast_is_of_the_notice_that_is_being_written(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await wish(resident, topics={"money": False}, digest={"every": "weekly", "hour": 9, "day": 2})

        async def seen(**about: str) -> tuple[int, int]:
            found = await forecast(president, here.sakura, **about)
            return found["withChannel"], found["withinHalfHour"]

        assert await seen() == await seen(topic="events") == (5, 4)
        assert await seen(topic="money") == (4, 4)
        assert await seen(topic="events", urgency="urgent") == (5, 5)
        assert await seen(topic="events", deadline="2026-11-23") == (5, 5), "it does not wait for the bundle"
        for wrong in (
            {"topic": "gossip"},
            {"urgency": "mad"},
            {"deadline": "31 June"},
            {"deadline": "2026-06-31"},
        ):
            path = f"/api/v1/associations/{here.sakura}/forecast"
            refused = await president.http.get(path, params=wrong)
            assert refused.status_code in (400, 422), refused.text
            assert refused.json()["detail"]
