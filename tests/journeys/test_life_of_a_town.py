"""Homes come, move, part, come together and end; phones, seats, messages and ledgers follow."""

from pathlib import Path
from typing import Any

from notices.ids import new_id
from tests.journeys import homes, story
from tests.journeys.story import (
    HUSBAND,
    LEADER_1,
    LEADER_2,
    MIDORI_PRESIDENT,
    NO_CHANNEL,
    OFFICER_2,
    PRESIDENT,
    RESIDENT,
)
from tests.journeys.test_people_in import second_home
from tests.town import town


async def test_who_moves_out_loses_seat_and_data_and_the_officers_are_told(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        notice = await here.post(president)
        await here.work()
        await leader.pull()
        home = here.households["田中"]
        follows = await homes.done(president, home, "move-out")
        assert (follows["seats"], follows["ended"], follows["openCirculars"]) == (["班長"], True, 1)
        await homes.in_order(here)
        await leader.pull()
        assert leader.titles() == set()
        for type in ("roster", "reach", "associations", "households", "changes"):
            assert leader.all(type) == [], f"nothing of {type} remains"
        leader.stamp(notice["id"], home)
        (result,) = await leader.push()
        assert result["status"] == "rejected", "nobody stamps for a home they have left"
        await here.work()
        await president.pull()
        (told,) = president.all("changes")
        assert (told["kind"], told["seats"], told["household"]["name"]) == ("moved-out", ["班長"], "田中")
        seats = {record["title"]: record["holders"] for record in president.all("seats")}
        assert seats["会長"] == [PRESIDENT]
        assert [row["holders"] for row in president.all("seats") if row["block"] == here.blocks["二班"]] == [
            []
        ]
        ledger = await story.reach(president, notice["id"])
        assert ledger["households"] == 7, "the denominator is for ever"
        assert [row["gone"] for row in ledger["rows"] if row["household"] == home] == [True]
        again = await homes.refused(president, home, "move-out")
        assert again == (404, "household-unknown"), "twice is once"


async def test_a_roster_says_the_same_to_open_ledgers_as_a_press(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        notice = await here.post(president)
        await here.work()
        assert (await story.import_roster(president, here.sakura, story.without(RESIDENT))).status_code == 200
        await here.work()
        await leader.pull()
        (record,) = [each for each in leader.all("reach") if each["notice"] == notice["id"]]
        assert [row["name"] for row in record["rows"] if row.get("gone")] == ["伊藤"]


async def test_nobody_is_sent_to_the_door_of_a_home_that_has_gone(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president, deadline=None)
        await here.work()
        gone, there = here.households["伊藤"], here.households["渡辺"]
        await homes.done(president, gone, "move-out")
        for _ in range(6):
            here.clock.pass_(days=1)
            await here.work()
        ledger = await story.reach(president, notice["id"])
        doors = {row["household"]: row["doorAt"] for row in ledger["rows"]}
        assert (doors[gone], bool(doors[there])) == (None, True)


async def test_one_of_two_moves_out_and_is_back_when_it_is_taken_back(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, husband = await here.phone(PRESIDENT), await here.phone(HUSBAND)
        await husband.pull()
        before = dict(husband.records)
        follows = await homes.done(
            president, here.households["山田"], "move-out", people=[here.people[HUSBAND]]
        )
        assert (follows["ended"], follows["phones"]) == (False, 1)
        await husband.pull()
        assert husband.all("households") == []
        assert (await homes.take_back(president, follows["change"])).status_code == 200
        await homes.in_order(here)
        await husband.pull()
        assert husband.records.keys() == before.keys()
        assert (await homes.take_back(president, follows["change"])).status_code == 409, "once"


async def test_a_dead_persons_mail_stops_though_it_was_planned_and_the_widow_still_gets_hers(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, dead = await here.phone(OFFICER_2), await here.phone(RESIDENT)
        lost = await here.phone(HUSBAND)
        await here.post(president, title="亡くなる前")
        here_sachi, taro = here.people[RESIDENT], here.people[HUSBAND]
        for name, person in (("伊藤", here_sachi), ("山田", taro)):
            follows = await homes.done(president, here.households[name], "death", person=person)
            assert follows["phones"] == 1
        await homes.in_order(here)
        await here.work()
        await here.post(president, title="亡くなった後")
        await here.work()
        sent = story.sent_to(here)
        assert "sachi.ito@example.jp" not in sent, "neither what was planned, nor what came later"
        assert sent.count("hanako.yamada@example.jp") == 2, "they shared one mailbox"
        for phone in (dead, lost):
            answer = await phone.http.get("/sync/v1/pull")
            assert (answer.status_code, answer.json()["slug"]) == (403, "device-revoked")
        held = await story.people(president, here.sakura)
        assert not {RESIDENT, HUSBAND} & story.names(held["households"])
        assert here.households["伊藤"] not in {home["id"] for home in held["households"]}, (
            "nobody is left there"
        )


async def test_a_death_that_was_a_mistake_is_taken_back_with_mail_but_not_with_the_phone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        follows = await homes.done(president, here.households["田中"], "death", person=here.people[LEADER_2])
        assert follows["seats"] == ["班長"]
        await here.post(president, title="あいだ")
        await here.work()
        assert "minoru.tanaka@example.jp" not in story.sent_to(here)
        assert (await homes.take_back(president, follows["change"])).status_code == 200
        await homes.in_order(here)
        await here.post(president, title="あと")
        await here.work()
        assert "minoru.tanaka@example.jp" in story.sent_to(here)
        assert (await leader.http.get("/api/v1/me")).status_code == 403, "what was wiped is wiped"
        again = await here.phone(LEADER_2)
        await again.pull()
        assert [seat["title"] for seat in again.all("memberships")[0]["seats"]] == ["班長"]


async def test_a_home_that_changes_its_block_while_the_leader_is_offline_keeps_what_he_did_there(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, old, new = [await here.phone(name) for name in (PRESIDENT, LEADER_2, LEADER_1)]
        notice = await here.post(president)
        await here.work()
        for phone in (old, new):
            await phone.pull()
        home, first, second = here.households["渡辺"], here.blocks["一班"], here.blocks["二班"]
        old.visit(notice["id"], home, "told")
        path = f"/api/v1/households/{home}"
        body = {"block": first, "walk": 2}
        dry = await president.http.patch(path, json=body, params={"dryRun": "true"})
        assert (dry.json()["block"], dry.json()["follows"]["kind"]) == (second, "moved")
        moved = await president.http.patch(path, json=body)
        assert moved.status_code == 200, moved.text
        await homes.in_order(here)
        (result,) = await old.push()
        assert result["status"] == "ok", "a visit counts for the home of the ledger's row"
        await here.work()
        for phone in (old, new):
            await phone.pull()
            assert homes.changes(phone) == ["moved"], "both leaders are told"
        ledger = await story.reach(president, notice["id"])
        (row,) = [row for row in ledger["rows"] if row["household"] == home]
        assert (row["grade"], row["block"], row["nowIn"]) == ("stamped", second, first)
        assert (await homes.take_back(president, moved.json()["follows"]["change"])).status_code == 200
        await homes.in_order(here)
        held = await story.people(president, here.sakura)
        (back,) = [each for each in held["households"] if each["id"] == home]
        assert (back["block"], back["walk"]) == (second, 4)


async def test_a_home_that_becomes_part_of_another_is_read_for_by_the_other(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice, read = await here.post(president), await here.post(president, title="もう読んだ")
        await here.work()
        await resident.pull()
        alone, into = here.households["渡辺"], here.households["伊藤"]
        resident.stamp(read["id"], into)
        await resident.push()
        joined = await here.phone(NO_CHANNEL)
        await joined.pull()
        follows = await homes.done(president, alone, "merge", into=into)
        await homes.in_order(here)
        assert story.grade_of(await story.reach(president, read["id"]), alone) == "stamped"
        await joined.pull()
        assert [row["household"] for row in joined.all("memberships")[0]["homes"]] == [into]
        assert joined.all("stamps"), "what his new home has read is told to his phone"
        joined.stamp(notice["id"], into)
        (result,) = await joined.push()
        assert result["status"] == "ok"
        ledger = await story.reach(president, notice["id"])
        assert {story.grade_of(ledger, home) for home in (alone, into)} == {"stamped"}
        assert ledger["households"] == 7
        assert (await homes.take_back(president, follows["change"])).status_code == 200
        await homes.in_order(here)
        later = await here.post(president, title="また別々")
        await here.work()
        await joined.pull()
        joined.stamp(later["id"], alone)
        await joined.push()
        ledger = await story.reach(president, later["id"])
        assert story.grade_of(ledger, into) != "stamped", "each reads for itself again"


async def test_a_home_that_moves_in_gets_its_place_its_history_and_a_slip(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_1)
        await here.post(president, title="前からのお知らせ")
        id, block = new_id(), here.blocks["一班"]
        people = [
            {"name": "新井 新", "born": "昭和25年", "mail": "arata.arai@example.jp"},
            {"name": "新井 妙"},
        ]
        said = {"id": id, "block": block, "walk": 2, "street": "3丁目 4-9", "people": people}
        answer = await homes.move_in(president, here.sakura, **said)
        assert answer.status_code == 200, answer.text
        again = await homes.move_in(president, here.sakura, **said)
        assert again.json()["follows"] is None, "a second press makes no second home"
        await homes.in_order(here)
        await leader.pull()
        walk = {record["walk"]: record["name"] for record in leader.all("roster")}
        assert walk == {1: "山田", 2: "新井 新", 3: "佐藤", 4: "鈴木"}
        assert homes.changes(leader) == ["moved-in"]
        held = await story.people(president, here.sakura)
        here.people |= {
            person["name"]: person["id"] for home in held["households"] for person in home["people"]
        }
        newcomer = await here.phone("新井 新")
        await newcomer.pull()
        assert newcomer.titles() == {"前からのお知らせ"}
        await here.post(president, title="これから")
        await here.work()
        assert "arata.arai@example.jp" in story.sent_to(here)
        exported = await president.http.get(f"/api/v1/associations/{here.sakura}/roster")
        same = await story.import_roster(president, here.sakura, exported.content)
        assert not any(same.json()["changes"].values()), "the list and the screen make the same homes"
        change = answer.json()["follows"]["change"]
        assert (await homes.take_back(president, change)).status_code == 200
        await homes.in_order(here)
        await newcomer.pull()
        assert newcomer.titles() == set()


async def test_a_home_moves_to_another_association_with_its_phones(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        other = await here.phone(MIDORI_PRESIDENT)
        await here.post(president, title="さくらの回覧")
        await here.post(other, here.midori, title="みどりの回覧")
        await resident.pull()
        home = here.households["伊藤"]
        wish = await resident.http.put("/api/v1/me/preferences", json={"area": here.sakura})
        assert wish.status_code == 200, wish.text
        near = await president.http.get(f"/api/v1/associations/{here.sakura}/neighbours")
        assert [each["id"] for each in near.json()["associations"]] == [here.midori]
        follows = await homes.done(president, home, "move-out", to=here.midori)
        await homes.in_order(here)
        await resident.pull()
        assert resident.titles() == set()
        await other.pull()
        (arrival,) = other.all("changes")
        assert (arrival["kind"], [each["name"] for each in arrival["people"]]) == ("arriving", [RESIDENT])
        place = {"id": new_id(), "block": here.blocks["東"], "arrival": arrival["change"]}
        taken = await homes.move_in(other, here.midori, **place)
        assert taken.status_code == 200, taken.text
        await homes.in_order(here)
        twice = await homes.move_in(other, here.midori, **(place | {"id": new_id()}))
        assert (twice.status_code, twice.json()["slug"]) == (404, "arrival-unknown")
        late = await homes.take_back(president, follows["change"])
        assert (late.status_code, late.json()["slug"]) == (409, "cannot-take-back"), "they are Midori's now"
        await resident.pull()
        assert resident.titles() == {"みどりの回覧"}, "the same phone, the other association's history"
        assert here.sakura not in repr(resident.records), "nor does she want Sakura's messages alone any more"
        await here.post(other, here.midori, title="着いてから")
        await here.work()
        assert "sachi.ito@example.jp" in story.sent_to(here)
        await other.pull()
        assert homes.changes(other) == ["arrived"]


async def test_who_has_a_second_home_keeps_it_and_dies_in_both(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        other = await here.phone(MIDORI_PRESIDENT)
        await second_home(here, LEADER_2, "加藤")
        follows = await homes.done(president, here.households["田中"], "move-out")
        assert follows["seats"] == ["班長"], "the seat is Sakura's"
        await homes.in_order(here)
        await leader.pull()
        (held,) = leader.all("memberships")
        assert ([home["association"] for home in held["homes"]], held["seats"]) == ([here.midori], [])
        assert (await homes.take_back(president, follows["change"])).status_code == 200
        await homes.in_order(here)
        await homes.done(president, here.households["田中"], "death", person=here.people[LEADER_2])
        await homes.in_order(here)
        held_there = await story.people(other, here.midori)
        assert LEADER_2 not in story.names(held_there["households"])
        assert (await leader.http.get("/api/v1/me")).status_code == 403


async def test_what_was_told_leaves_the_phones_after_a_season(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        await homes.done(president, here.households["伊藤"], "merge", into=here.households["渡辺"])
        await leader.pull()
        assert homes.changes(leader) == ["merged"]
        here.clock.pass_(days=91)
        await homes.done(president, here.households["渡辺"], "move-out")
        await leader.pull()
        assert homes.changes(leader) == ["moved-out"]


async def test_a_new_address_is_known_to_officers_and_the_leader(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        path = f"/api/v1/households/{here.households['伊藤']}"
        for _ in range(2):
            answer = await president.http.patch(path, json={"street": "3丁目 9-9"})
            assert answer.status_code == 200, answer.text
        await leader.pull()
        (record,) = [each for each in leader.all("roster") if each["name"] == "伊藤"]
        assert record["street"] == "3丁目 9-9"
        assert homes.changes(leader) == ["readdressed"], "the same address again is no news"


async def test_what_makes_no_sense_is_refused_with_a_sentence_and_nothing_half_done(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, foreign = await here.phone(PRESIDENT), here.households["加藤"]
        home, kato, hanako = here.households["山田"], here.people["加藤 文"], here.people[PRESIDENT]
        before = (await president.http.get(f"/api/v1/associations/{here.sakura}/roster")).content
        block = here.blocks["一班"]
        new = {"id": new_id(), "name": "別の家"}
        everybody = [hanako, here.people[HUSBAND]]
        for household, what, said, why in (
            (home, "merge", {"into": home}, "merge-with-itself"),
            (home, "merge", {"into": foreign}, "household-unknown"),
            (home, "merge", {"into": new_id()}, "household-unknown"),
            (foreign, "merge", {"into": home}, "not-found"),
            (home, "split", new | {"people": [kato]}, "people-not-here"),
            (home, "split", new | {"people": []}, "people-not-here"),
            (home, "split", new | {"people": everybody}, "split-leaves-nobody"),
            (home, "split", new | {"people": [hanako], "block": here.blocks["東"]}, "block-foreign"),
            (home, "split", new | {"people": [hanako], "walk": 0}, "walk-wrong"),
            (home, "split", new | {"people": [hanako], "name": "=1+1"}, "entry-wrong"),
            (home, "move-out", {"people": [kato]}, "people-not-here"),
            (home, "move-out", {"people": []}, "people-not-here"),
            (home, "move-out", {"to": here.sakura}, "association-unknown"),
            (home, "move-out", {"to": new_id()}, "association-unknown"),
            (home, "death", {"person": kato}, "people-not-here"),
            (home, "death", {"person": hanako}, "not-of-oneself"),
            (foreign, "death", {"person": kato}, "not-found"),
        ):
            assert (await homes.refused(president, household, what, **said))[1] == why, (what, said)
        arrivals: list[tuple[dict[str, Any], str]] = [
            ({"block": block, "people": []}, "nobody-moves-in"),
            ({"block": block, "people": [{"name": " "}]}, "entry-wrong"),
            ({"block": block, "people": [{"name": "新井", "born": "きのう"}]}, "entry-wrong"),
            ({"block": block, "people": [{"name": "新井", "mail": "a@"}]}, "entry-wrong"),
            ({"block": here.blocks["東"], "people": [{"name": "新井"}]}, "block-foreign"),
            ({"block": block, "walk": 10_000, "people": [{"name": "新井"}]}, "walk-wrong"),
            ({"block": block, "arrival": new_id()}, "arrival-unknown"),
        ]
        for coming, why in arrivals:
            answer = await homes.move_in(president, here.sakura, **coming)
            assert answer.json()["slug"] == why, answer.text
        assert (await homes.take_back(president, new_id())).json()["slug"] == "change-unknown"
        after = (await president.http.get(f"/api/v1/associations/{here.sakura}/roster")).content
        assert after == before
        await president.pull()
        assert president.all("changes") == []


async def test_the_last_officer_cannot_leave(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, other = await here.phone(PRESIDENT), here.households["高橋"]
        await homes.done(president, other, "move-out")
        assert await homes.refused(president, here.households["山田"], "move-out") == (
            409,
            "last-officer-leaves",
        )
        await homes.in_order(here)
        assert (await here.try_post(president)).status_code == 201, "she is still in office"


async def test_what_was_changed_since_is_not_taken_back(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        home, other = here.households["伊藤"], here.households["渡辺"]
        merged = await homes.done(president, home, "merge", into=other)
        gone = await homes.done(president, other, "move-out")
        refused = await homes.take_back(president, merged["change"])
        assert (refused.status_code, refused.json()["slug"]) == (409, "changed-since")
        for change in (gone, merged):
            answer = await homes.take_back(president, change["change"])
            assert answer.status_code == 200, answer.text
        await homes.in_order(here)
        here.clock.pass_(days=8)
        late = await homes.done(president, home, "move-out")
        here.clock.pass_(days=8)
        assert (await homes.take_back(president, late["change"])).status_code == 409
