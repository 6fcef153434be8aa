"""Those who hear of somebody: an urgent notice that stays unseen, a morning without 「元気です」. Once, and never unasked."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from notices.models import FamilyTold, Proxy
from notices.proxies import unseen
from notices.tokyo import today
from tests.journeys import alarms, circulars, families, homes, story
from tests.journeys.story import LEADER_2, PRESIDENT, RESIDENT
from tests.town import TENANT, Town, town

UNSEEN, MISSING, LATE = "まだ見ていないお知らせがあります", "まだありません", "おくれて届きました"


def about(here: Town, what: str) -> int:
    return sum(what in subject for subject in families.heard(here))


@pytest.mark.everyday
async def test_a_family_hears_once_when_an_urgent_notice_stays_unseen(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        daughter, _ = await families.hears(here, mother)
        await mother.pull()
        [told] = families.mine(mother)
        assert (told["hearAfter"], told["whats"]) == (30, []), (
            "mother sees who hears of her, and after how long"
        )
        await here.post(president, urgency="urgent", title="断水のお知らせ")
        await here.work()
        assert not families.heard(here)
        here.clock.pass_(minutes=29)
        await here.work()
        assert not families.heard(here), "not before the time they chose"
        here.clock.pass_(minutes=2)
        await here.work()
        assert about(here, UNSEEN) == 1
        [mail] = [each for each in story.mails(here) if each.to.address == "megumi.aoki@example.jp"]
        text = story.plain(here, mail)
        assert RESIDENT in text
        assert "断水のお知らせ" in text
        here.clock.pass_(days=2)
        await here.work()
        assert about(here, UNSEEN) == 1, "and never twice"
        await daughter.pull()
        assert not daughter.all("notices"), "who only hears reads nothing of the association"
        assert not daughter.all("households")


async def test_the_first_proof_ends_it(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        leader = await here.phone(LEADER_2)
        await families.hears(here, mother)
        pressed = await here.post(president, urgency="urgent", title="断水のお知らせ")
        visited = await here.post(president, urgency="urgent", title="停電のお知らせ")
        gone = await here.post(president, urgency="urgent", title="まちがえたお知らせ")
        await here.post(president, title="ふつうの回覧について")
        assert (await families.stamps(mother, pressed["id"], here.households["伊藤"]))["status"] == "ok"
        leader.visit(visited["id"], here.households["伊藤"], "told")
        await leader.push()
        assert (await story.act(president, gone["id"], "withdraw")).status_code == 200
        here.clock.pass_(hours=25)
        await here.work()
        assert not families.heard(here)


async def test_what_an_update_or_an_all_clear_overtook_is_told_to_no_family(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, mother = await circulars.clerk(here), await here.phone(RESIDENT)
        await families.hears(here, mother)
        first = await alarms.send(here, clerk)
        here.clock.pass_(minutes=10)
        update = await alarms.follow(here, clerk, first["id"])
        assert (await families.stamps(mother, update["id"], here.households["伊藤"]))["status"] == "ok"
        here.clock.pass_(minutes=21)
        await here.work()
        assert not families.heard(here), "she has seen the newest, and a phone stamps no other"
        await alarms.follow(here, clerk, first["id"], "all-clear")
        here.clock.pass_(hours=25)
        await here.work()
        assert not families.heard(here), "that it is over need not be seen"


async def test_a_mail_to_a_family_that_has_not_left_stays_when_an_update_is_out(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk, mother = await circulars.clerk(here), await here.phone(RESIDENT)
        await families.hears(here, mother)
        first = await alarms.send(here, clerk)
        here.clock.pass_(minutes=31)
        async with here.house.db.write() as session:
            await unseen.look(session, TENANT, f"{first['id']}.30", here.clock())
        await alarms.follow(here, clerk, first["id"])
        await here.work()
        assert not families.heard(here)
        async with here.house.db.read() as session:
            assert await session.scalar(select(func.count()).select_from(FamilyTold)) == 1


async def test_either_side_ends_it_and_nothing_is_said_after_that(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        daughter, proxy = await families.hears(here, mother)
        await here.post(president, urgency="urgent")
        assert (await families.end(daughter, proxy)).status_code == 204, "it is hers to end, too"
        here.clock.pass_(hours=1)
        await here.work()
        assert not families.heard(here)
        await mother.pull()
        assert not families.mine(mother)


async def test_a_worker_that_is_late_says_nothing_to_a_proxy_after_its_last_day(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        until = today(here.clock()) + timedelta(days=1)
        await families.hears(here, mother, whats=["receive"], until=until.isoformat())
        here.clock.pass_(days=1)
        await here.post(president, urgency="urgent")
        here.clock.pass_(days=1)
        await here.work()
        assert set(story.sent_to(here)) >= story.MAILED, "everybody else has it, late"
        assert not families.heard(here)


async def test_a_morning_without_the_press_is_told_once_and_a_late_one_says_so(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        mother = await here.phone(RESIDENT)
        await families.hears(here, mother)
        assert (await families.greets(mother, "11:00")).status_code == 200
        families.press_well(mother, "2026-11-20", "2026-11-20T10:05:00+09:00")
        assert [each["status"] for each in await mother.push()] == ["ok"]
        await mother.pull()
        assert mother.all("greetings")[0]["pressedFor"] == "2026-11-20"
        here.clock.pass_(hours=2)
        await here.work()
        assert not families.heard(here), "she pressed in time"
        families.press_well(mother, "2026-11-21", "2026-11-21T08:00:00+09:00")
        here.clock.pass_(hours=24)
        await here.work()
        await here.work()
        assert about(here, MISSING) == 1
        assert [each["status"] for each in await mother.push()] == ["ok"]
        await here.work()
        assert about(here, LATE) == 1, "it had no signal, and the family is told"
        families.press_well(mother, "2026-11-21", "2026-11-21T08:00:00+09:00")
        assert [each["status"] for each in await mother.push()] == ["ok"]
        await here.work()
        assert about(here, LATE) == 1
        families.press_well(mother, "2026-11-30", "2026-11-30T08:00:00+09:00")
        assert [each.get("code") for each in await mother.push()] == ["greeting-day-wrong"]


async def test_on_a_journey_nobody_is_asked_and_off_means_off(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        mother = await here.phone(RESIDENT)
        daughter, _ = await families.hears(here, mother)
        assert (await families.greets(mother, "11:00", away_to="2026-11-22")).status_code == 200
        here.clock.pass_(days=2, hours=3)
        await here.work()
        assert not families.heard(here)
        here.clock.pass_(days=1)
        await here.work()
        assert about(here, MISSING) == 1, "the day after she meant to be back"
        assert (await families.greets(mother, None)).status_code == 200
        here.clock.pass_(days=3)
        await here.work()
        assert about(here, MISSING) == 1
        await mother.pull()
        assert not mother.all("greetings")
        families.press_well(mother, "2026-11-26", "2026-11-26T08:00:00+09:00")
        assert [each.get("code") for each in await mother.push()] == ["greeting-off"]
        assert (await families.greets(daughter)).json()["slug"] == "proxy-has-no-home"


async def test_who_has_died_is_asked_for_nothing(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, mother = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await families.hears(here, mother)
        assert (await families.greets(mother, "11:00")).status_code == 200
        await here.post(president, urgency="urgent")
        await homes.done(president, here.households["伊藤"], "death", person=mother.person)
        here.clock.pass_(days=2)
        await here.work()
        assert not families.heard(here)


async def test_what_families_were_told_is_forgotten_as_messages_are(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, chores=True, keep_messages_days=60, keep_proofs_days=90) as here:
        mother = await here.phone(RESIDENT)
        daughter, proxy = await families.hears(here, mother)
        assert (await families.greets(mother, "11:00")).status_code == 200
        here.clock.pass_(days=1, hours=5)
        await here.work()
        assert about(here, MISSING) == 1
        assert (await families.greets(mother, None)).status_code == 200
        assert (await families.end(daughter, proxy)).status_code == 204
        here.clock.pass_(days=61)
        await here.work()
        async with here.house.db.read() as session:
            assert await session.scalar(select(func.count()).select_from(FamilyTold)) == 0
            assert await session.scalar(select(func.count()).select_from(Proxy)) == 1
        here.clock.pass_(days=30)
        await here.work()
        async with here.house.db.read() as session:
            assert await session.scalar(select(func.count()).select_from(Proxy)) == 0
