"""The deliberate press: two phones, a lost answer, a foreign door, too late."""

import asyncio
from pathlib import Path

import pytest

from notices import ids
from tests.journeys import story
from tests.journeys.story import (
    HUSBAND,
    LEADER_1,
    MIDORI_LEADER,
    MIDORI_PRESIDENT,
    NO_CHANNEL,
    PRESIDENT,
    RESIDENT,
)
from tests.phone import NoSignal
from tests.town import town


@pytest.mark.everyday
async def test_two_phones_of_one_household_converge_on_one_stamp(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        wife, husband = await here.phone(PRESIDENT), await here.phone(HUSBAND)
        notice = await here.post(wife)
        await wife.pull()
        await husband.pull()
        assert wife.home() == husband.home()
        id = wife.stamp(notice["id"], wife.home())
        assert husband.stamp(notice["id"], husband.home()) == id
        first, second = await asyncio.gather(wife.push(), husband.push())
        assert [each["status"] for each in first + second] == ["ok", "ok"], "both pressed, both are right"
        await wife.pull()
        await husband.pull()
        assert wife.records["stamps", id] == husband.records["stamps", id], "one stamp on both phones"
        assert wife.records["stamps", id]["by"]["name"] in (PRESIDENT, HUSBAND)
        assert wife.records["stamps", id]["how"] == "app"
        assert (await story.reach(wife, notice["id"]))["grades"]["stamped"] == 1


async def test_a_stamp_replayed_a_hundred_times_counts_once(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await resident.pull()
        resident.stamp(notice["id"], resident.home())
        (press,) = resident.outbox
        resident.drop_answers = 2
        for _ in range(2):
            with pytest.raises(NoSignal):
                await resident.push()
        (result,) = await resident.push()
        assert (result["status"], result.get("dup")) == ("ok", True)
        resident.outbox = [press] * 50
        await asyncio.gather(*(_again(resident, press) for _ in range(4)))
        resident.outbox = [press | {"mid": ids.new_id()} for _ in range(50)]
        assert {each["status"] for each in await resident.push()} == {"ok"}
        changes = await resident.pull()
        assert changes <= 2, "the stamp and what it says of the household, not one per repetition"
        assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 1


async def test_a_stamp_for_a_foreign_household_is_rejected_and_undone_on_the_phone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president)
        for name in (RESIDENT, LEADER_1, MIDORI_PRESIDENT):
            phone = await here.phone(name)
            await phone.pull()
            id = phone.stamp(notice["id"], here.households["渡辺"])
            (result,) = await phone.push()
            assert (result["status"], result["code"]) == ("rejected", "not-your-household"), name
            assert not result.get("current"), "and shows nothing of theirs"
            await phone.pull()
            (undone,) = phone.all("corrections")
            assert (undone["t"], undone["id"], undone["code"]) == ("stamps", id, "not-your-household")
        owner = await here.phone(NO_CHANNEL)
        await owner.pull()
        assert owner.all("stamps") == []
        assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 0


async def test_a_stamp_whose_id_and_body_disagree_is_rejected(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await resident.pull()
        home, foreign = resident.home(), here.households["渡辺"]
        at = "2026-11-20T10:00:00+09:00"
        body = {"notice": notice["id"], "household": home, "round": 1, "at": at}
        resident.write("stamps", f"st.{notice['id']}.{foreign}.1", body)
        resident.write("stamps", f"st.{notice['id']}.{home}.2", body)
        resident.write("stamps", f"st.{notice['id']}.{home}.1", body | {"household": foreign})
        resident.write("stamps", ids.new_id(), body)
        results = await resident.push()
        assert {each["status"] for each in results} == {"rejected"}, results
        assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 0


async def test_a_stamp_that_arrives_after_the_withdrawal_is_rejected_as_withdrawn(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await resident.pull()
        resident.online = False
        resident.stamp(notice["id"], resident.home())
        await story.act(president, notice["id"], "withdraw")
        resident.online = True
        (result,) = await resident.push()
        assert (result["status"], result["code"]) == ("rejected", "withdrawn")
        await resident.pull()
        assert [each["code"] for each in resident.all("corrections")] == ["withdrawn"]
        assert resident.all("stamps") == []


async def test_a_stamp_for_a_notice_that_is_not_there_or_not_theirs_is_rejected(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, stranger = await here.phone(PRESIDENT), await here.phone(MIDORI_LEADER)
        resident = await here.phone(RESIDENT)
        theirs = await here.post(president)
        draft = await here.post(president, publish=False)
        other_block = await here.post(president, audience={"blocks": [here.blocks["一班"]]})
        await stranger.pull()
        await resident.pull()
        stranger.stamp(theirs["id"], stranger.home())
        stranger.stamp(ids.new_id(), stranger.home())
        resident.stamp(draft["id"], resident.home())
        resident.stamp(other_block["id"], resident.home())
        results = await stranger.push() + await resident.push()
        assert {each["status"] for each in results} == {"rejected"}
        assert results[0]["code"] == results[1]["code"], "what is not theirs looks like what is not there"
        assert results[1]["code"] == results[2]["code"] == "unknown-notice"
        for notice in (theirs, other_block):
            assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 0


async def test_one_bad_mutation_never_blocks_the_queue(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await resident.pull()
        good = {
            "notice": notice["id"],
            "household": resident.home(),
            "round": 1,
            "at": "2026-11-20T10:00:00+09:00",
        }
        at = f"st.{notice['id']}.{resident.home()}"
        resident.write("stamps", f"{at}.1", good | {"at": "昨日"})
        resident.write("stamps", f"{at}.1", good | {"at": "0001-01-01T00:00:00+14:00"})
        resident.write("stamps", f"{at}.1", good | {"round": "一"})
        resident.write("stamps", f"{at}.1", good | {"notice": None})
        resident.write("stamps", f"{at}.1", {})
        resident.write("stamps", f"{at}.{10**14}", good | {"round": 10**14})
        resident.write("stamps", f"{at}.{10**13}", good | {"round": 2**70})
        resident.write("nonsense", ids.new_id(), {"a": 1})
        resident.write("notices", notice["id"], {"title": "乗っ取り"})
        resident.write("roster", f"{resident.home()}.o", {"walk": 1})
        resident.outbox.append(
            {"mid": ids.new_id(), "t": "stamps", "id": f"{at}.1", "op": "delete", "d": None}
        )
        bad = [each["mid"] for each in resident.outbox]
        resident.write("stamps", f"{at}.1", good)
        results = await resident.push()
        by_mid = {each["mid"]: each["status"] for each in results}
        assert list(by_mid.values())[-1] == "ok", "the press after them counts"
        unsettled = [mid for mid in bad if by_mid[mid] == "retry"]
        assert not unsettled, (
            f"what is wrong today is wrong tomorrow: {[bad.index(mid) for mid in unsettled]}"
        )
        assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 1
        await resident.pull()
        assert resident.titles() == {notice["title"]}


async def _again(phone: object, press: dict[str, object]) -> None:
    from tests.phone import Phone

    assert isinstance(phone, Phone)
    answer = await phone.http.post("/sync/v1/push", json={"mutations": [press]})
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["results"]
    assert (result["status"], result["dup"]) == ("ok", True)
