"""An officer publishes: to all, to a block, held for a minute, taken back."""

from pathlib import Path
from typing import Any

import pytest

from notices import ids
from tests.journeys import story
from tests.journeys.story import (
    HUSBAND,
    LEADER_1,
    MAILED,
    MAILED_2,
    MIDORI_PRESIDENT,
    NO_CHANNEL,
    OFFICER_2,
    PRESIDENT,
    RESIDENT,
)
from tests.town import TENANT, circular, town


@pytest.mark.everyday
async def test_a_circular_to_all_reaches_every_household_of_the_association_and_nobody_else(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        stranger = await here.phone(MIDORI_PRESIDENT)
        notice = await here.post(president)
        await here.work()
        for phone in (president, resident, stranger):
            await phone.pull()
        assert resident.titles() == president.titles() == {circular()["title"]}
        assert stranger.titles() == set(), "no byte of an association reaches another"
        assert set(story.sent_to(here)) == MAILED
        record = resident.records["notices", notice["id"]]
        assert record["from"] == {"name": PRESIDENT, "title": "会長"}
        assert (record["revision"], record["stampRound"]) == (1, 1)
        assert record["body"] == circular()["body"]
        answer = await stranger.http.get(f"/api/v1/notices/{notice['id']}")
        assert answer.status_code in (403, 404)


async def test_a_circular_to_one_block_is_seen_and_counted_there_alone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, inside = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        outside = await here.phone(LEADER_1)
        second = here.blocks["二班"]
        notice = await here.post(president, audience={"blocks": [second]})
        await here.work()
        await inside.pull()
        await outside.pull()
        assert ("notices", f"{notice['id']}.{second}") in inside.records
        assert inside.records["notices", f"{notice['id']}.{second}"]["block"] == second
        assert outside.titles() == set(), "the first block was not addressed"
        assert set(story.sent_to(here)) == MAILED_2
        ledger = await story.reach(president, notice["id"])
        assert [(each["block"], each["households"]) for each in ledger["blocks"]] == [(second, 4)]


async def test_the_forecast_counts_every_household_once(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        draft = await here.post(president, publish=False)
        assert draft["state"] == "draft"
        forecast = draft["forecast"]
        assert forecast["households"] == 7
        assert forecast["withChannel"] == 5, "five households have a mail address"
        assert forecast["paper"] == 1, "the Suzukis want paper"
        assert forecast["withoutChannel"] == 1, "the Watanabes have nothing at all"


@pytest.mark.everyday
async def test_a_held_notice_is_known_to_officers_alone_until_the_minute_is_over(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await resident.pull()
        pressed = here.clock()
        notice = await here.post(president)
        assert notice["state"] == "held"
        assert notice["publishedAt"] is None
        here.clock.pass_(seconds=50)
        await here.work()
        assert await resident.pull() == 0, "nothing is journalled while it can be taken back"
        assert story.sent(here) == 0, "nothing is sent while it can be taken back"
        here.clock.pass_(seconds=10)
        await here.work()
        await here.work()
        await resident.pull()
        assert resident.titles() == {circular()["title"]}
        now = await story.notice(president, notice["id"])
        assert now["state"] == "published"
        assert _instant(now["publishedAt"]) >= pressed.timestamp() + 60, (
            "time counts from the end of the hold"
        )
        once = [address for address in story.sent_to(here) if address not in ("hanako.yamada@example.jp",)]
        assert sorted(once) == sorted(set(once)), "it goes out once"


async def test_a_notice_taken_back_is_a_draft_and_nobody_ever_hears_of_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        here.clock.pass_(seconds=30)
        answer = await story.act(president, notice["id"], "undo")
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == "draft"
        here.clock.pass_(hours=1)
        await here.work()
        await resident.pull()
        assert resident.titles() == set()
        assert story.sent(here) == 0
        again = await story.act(president, notice["id"], "publish")
        assert (again.status_code, again.json()["state"]) == (200, "held"), "a draft can be sent after all"
        here.clock.pass_(seconds=61)
        await here.work()
        assert set(story.sent_to(here)) == MAILED


async def test_undo_comes_too_late_after_the_hold_even_when_the_worker_sleeps(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president)
        here.clock.pass_(seconds=61)
        await here.work()
        late = await story.act(president, notice["id"], "undo")
        assert late.status_code == 409
        assert late.json()["slug"] == "wrong-state"
        assert (await story.notice(president, notice["id"]))["state"] == "published"


async def test_a_notice_for_tomorrow_waits_and_goes_out_once(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        tomorrow = "2026-11-21T09:00:00+09:00"
        notice = await here.post(president, publishAt=tomorrow)
        assert notice["state"] == "scheduled"
        await here.work()
        await resident.pull()
        assert (resident.titles(), story.sent(here)) == (set(), 0)
        here.clock.pass_(days=1)
        await here.work()
        await here.work()
        await resident.pull()
        assert resident.titles() == {circular()["title"]}
        assert story.sent_to(here).count("sachi.ito@example.jp") == 1


async def test_who_may_not_publish_is_refused_and_leaves_no_trace(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        for name in (RESIDENT, LEADER_1, HUSBAND, NO_CHANNEL, MIDORI_PRESIDENT):
            answer = await here.try_post(await here.phone(name), here.sakura)
            assert answer.status_code in (403, 404), f"{name}: {answer.text}"
        listed = await president.http.get(f"/api/v1/associations/{here.sakura}/notices")
        assert listed.json() == {"notices": []}


async def test_officers_see_drafts_and_what_was_sent_newest_first(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, other, resident = [await here.phone(name) for name in (PRESIDENT, OFFICER_2, RESIDENT)]
        for title in ("一つ目", "二つ目", "三つ目"):
            await here.post(president, title=title, publish=title != "二つ目")
            here.clock.pass_(seconds=5)
        listed = await other.http.get(f"/api/v1/associations/{here.sakura}/notices")
        assert [each["title"] for each in listed.json()["notices"]] == ["三つ目", "二つ目", "一つ目"]
        await resident.pull()
        await other.pull()
        assert resident.titles() == {"一つ目", "三つ目"}, "a draft is nobody's but the officers'"
        assert resident.all("drafts") == []
        assert "二つ目" in {each["title"] for each in other.all("drafts")}


async def test_an_ordinary_notice_asks_for_no_stamp_and_shows_no_names(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president, kind="notice", deadline=None)
        await here.work()
        await resident.pull()
        resident.stamp(notice["id"], resident.home())
        (result,) = await resident.push()
        assert result["status"] == "rejected", "counts only: a notice asks nobody for a stamp"
        ledger = await story.reach(president, notice["id"])
        assert ledger["rows"] == [], "names are shown only where the kind needs them"
        assert ledger["grades"]["stamped"] == 0
        await president.pull()
        assert all(not each["rows"] for each in president.all("reach") if each["notice"] == notice["id"])


async def test_a_second_city_in_the_same_database_hears_nothing(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await here.post(president)
        token = story.token(president).removeprefix("Bearer ").removeprefix(f"{TENANT}_")
        for other in ("yuri", "", "hana2", "HANA"):
            forged = {"Authorization": f"Bearer {other}_{token}"}
            answer = await president.http.get("/api/v1/me", headers=forged)
            assert answer.status_code == 401, f"a token is of one city: {other!r}"


async def test_a_phone_picks_the_id_and_the_same_id_is_never_two_notices(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, stranger = await here.phone(PRESIDENT), await here.phone(MIDORI_PRESIDENT)
        id = ids.new_id()
        first: dict[str, Any] = await here.post(president, id=id)
        assert first["id"] == id
        for phone, association in ((president, here.sakura), (stranger, here.midori)):
            answer = await here.try_post(phone, association, id=id, title="別のお知らせ")
            assert answer.status_code == 409, answer.text
            assert circular()["title"] not in answer.text, "a refusal shows nothing of what is there"
        assert (await story.notice(president, id))["title"] == circular()["title"]


def _instant(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()
