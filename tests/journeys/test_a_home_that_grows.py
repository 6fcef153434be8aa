"""A child is born, a mother moves in: somebody new lives in a home that is there. Nothing is counted anew."""

from pathlib import Path
from typing import Any

from notices.ids import new_id
from tests.journeys import homes, story
from tests.journeys.story import HUSBAND, LEADER_1, MIDORI_PRESIDENT, PRESIDENT
from tests.town import town

MOTHER = "山田 トキ"


async def test_somebody_new_in_a_home_reads_and_presses_for_it_and_the_home_hears_of_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_1)
        notice = await here.post(president)
        await here.work()
        before = len(story.sent_to(here))
        home, mother = here.households["山田"], new_id()
        said: dict[str, Any] = {
            "people": [{"id": mother, "name": MOTHER, "born": "昭和8年", "mail": "toki@example.jp"}]
        }
        follows = await homes.done(president, home, "people", **said)
        assert (follows["kind"], follows["takesBack"], follows["ended"]) == ("joined", True, False)
        again = await homes.press(president, home, "people", **said)
        assert again.json()["follows"] is None, "a second press makes nobody twice"
        await homes.in_order(here)
        await here.work()
        heard = story.sent_to(here)[before:]
        assert "toki@example.jp" in heard
        assert "hanako.yamada@example.jp" in heard, "whoever may press for a home is known in it"
        await leader.pull()
        assert homes.changes(leader) == ["joined"]

        here.people[MOTHER] = mother
        phone = await here.phone(MOTHER)
        await phone.pull()
        assert phone.titles() == {notice["title"]}
        phone.stamp(notice["id"], home)
        (result,) = await phone.push()
        assert result["status"] == "ok", result
        ledger = await story.reach(president, notice["id"])
        assert sum(ledger["grades"].values()) == ledger["households"] == 7, (
            "no home more than when it went out"
        )
        assert ledger["grades"]["stamped"] == 1, "it counts for the home, once"

        exported = await president.http.get(f"/api/v1/associations/{here.sakura}/roster")
        same = await story.import_roster(president, here.sakura, exported.content)
        assert not any(same.json()["changes"].values()), "the list and the screen make the same homes"
        assert (await homes.take_back(president, follows["change"])).status_code == 200
        await homes.in_order(here)
        await phone.pull()
        assert phone.titles() == set()
        husband = await here.phone(HUSBAND)
        await husband.pull()
        assert husband.titles(), "the home itself stays as it was"


async def test_what_cannot_be_is_refused_with_a_sentence_and_nobody_is_added(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, neighbour = await here.phone(PRESIDENT), await here.phone(MIDORI_PRESIDENT)
        home = here.households["山田"]
        some = {"id": new_id(), "name": "山田 新"}
        for by, where, people, slug in (
            (president, home, [], "nobody-moves-in"),
            (president, home, [some | {"name": " "}], "entry-wrong"),
            (president, home, [some, {"id": new_id(), "name": "=1+1"}], "entry-wrong"),
            (president, home, [some | {"mail": "toki"}], "entry-wrong"),
            (president, home, [some, some], "entry-wrong"),
            (president, new_id(), [some], "household-unknown"),
            (neighbour, home, [some], "not-found"),
        ):
            _, told = await homes.refused(by, where, "people", people=people)
            assert told == slug
        held = await story.people(president, here.sakura)
        assert "山田 新" not in story.names(held["households"])
