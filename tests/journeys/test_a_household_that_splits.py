"""A HOUSEHOLD THAT SPLITS IN THE MIDDLE OF A CIRCULAR: the son moves into the house behind, with the circular half way round."""

from pathlib import Path

from notices.ids import new_id
from tests.journeys import homes, story
from tests.journeys.story import HUSBAND, LEADER_1, OFFICER_2, PRESIDENT
from tests.town import town


async def test_a_household_that_splits_in_the_middle_of_a_circular(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        officer, leader = await here.phone(OFFICER_2), await here.phone(LEADER_1)
        wife, husband = await here.phone(PRESIDENT), await here.phone(HUSBAND)
        wish = {"digest": {"every": "daily", "hour": 18}}
        for phone in (wife, husband):
            assert (await phone.http.put("/api/v1/me/preferences", json=wish)).status_code == 200
        circular = await here.post(officer)
        await here.work()
        for phone in (leader, husband, wife):
            await phone.pull()
        assert "hanako.yamada@example.jp" not in story.sent_to(here), "it waits for the evening"

        old, new = here.households["山田"], new_id()
        husband.stamp(circular["id"], old)  # pressed in the tunnel, before anybody told him
        said = {"id": new, "people": [here.people[HUSBAND]], "name": "山田（奥）", "street": "3丁目 4-1 奥"}
        follows = await homes.done(officer, old, "split", **said)
        assert (follows["other"], follows["openCirculars"], follows["seats"]) == (new, 1, [])
        await homes.in_order(here)

        await here.work()
        await leader.pull()
        walk = {record["walk"]: record["name"] for record in leader.all("roster")}
        assert walk == {1: "山田", 2: "山田（奥）", 3: "佐藤", 4: "鈴木"}, (
            "the new door is behind the old one"
        )
        assert homes.changes(leader) == ["split"], "he is told"

        (result,) = await husband.push()
        assert result["status"] == "rejected", "he lives there no more: the row is the old home's"
        await husband.pull()
        assert husband.titles() == {circular["title"]}, "the circular is in his new home, too"
        husband.stamp(circular["id"], new)
        (result,) = await husband.push()
        assert result["status"] == "ok"
        ledger = await story.reach(officer, circular["id"])
        assert ledger["households"] == 7, "the denominator is for ever"
        assert story.grade_of(ledger, old) != "stamped", "his stamp is his own home's, which nobody counts"

        here.clock.pass_(hours=9)
        await here.work()
        assert "hanako.yamada@example.jp" in story.sent_to(here), "what was planned for them still comes"
        wife.stamp(circular["id"], old)
        (result,) = await wife.push()
        assert result["status"] == "ok"
        assert story.grade_of(await story.reach(officer, circular["id"]), old) == "stamped"

        later = await here.post(officer, title="次の回覧")
        assert (await story.reach(officer, later["id"]))["households"] == 8, "from the next one on it counts"

        exported = await officer.http.get(f"/api/v1/associations/{here.sakura}/roster")
        same = await story.import_roster(officer, here.sakura, exported.content)
        assert not any(same.json()["changes"].values()), "the list and the screen make the same homes"


async def test_who_splits_off_with_a_mailbox_alone_still_gets_what_was_to_be_sent(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        officer, husband = await here.phone(OFFICER_2), await here.phone(HUSBAND)
        officers = f"/api/v1/associations/{here.sakura}/people/{here.people[HUSBAND]}/mail"
        assert (
            await officer.http.put(officers, json={"address": "taro.yamada@example.jp"})
        ).status_code == 200
        wish = {"digest": {"every": "daily", "hour": 18}}
        assert (await husband.http.put("/api/v1/me/preferences", json=wish)).status_code == 200
        await here.post(officer)
        await here.work()
        said = {"id": new_id(), "people": [here.people[HUSBAND]], "name": "山田（奥）"}
        await homes.done(officer, here.households["山田"], "split", **said)
        here.clock.pass_(hours=9)
        await here.work()
        assert "taro.yamada@example.jp" in story.sent_to(here)
