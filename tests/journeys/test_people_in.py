"""People come in with a roster and a ticket, move house, lose a phone, and leave."""

from pathlib import Path

from notices.models import Resident
from notices.records import projection
from tests.journeys import story
from tests.journeys.story import (
    LEADER_1,
    LEADER_2,
    MIDORI_PRESIDENT,
    NO_CHANNEL,
    OFFICER_2,
    PAPER,
    PRESIDENT,
    RESIDENT,
    import_roster,
    without,
)
from tests.phone import Phone
from tests.town import MIDORI, SAKURA, TENANT, Town, town


async def test_the_same_roster_twice_and_the_exported_roster_change_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await president.pull()
        exported = await president.http.get(f"/api/v1/associations/{here.sakura}/roster")
        assert exported.headers["content-type"].startswith("text/csv")
        for csv in (SAKURA.encode(), exported.content):
            answer = await import_roster(president, here.sakura, csv)
            assert answer.status_code == 200, answer.text
            assert not any(answer.json()["changes"].values()), f"nothing is new: {answer.json()}"
            assert [each for each in answer.json()["report"] if each["level"] == "error"] == []
        assert await president.pull() == 0, "and no phone hears of it"
        again = await president.http.get(f"/api/v1/associations/{here.sakura}/roster")
        assert again.content == exported.content


async def test_a_dry_run_says_what_would_happen_and_does_nothing(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        roster = without(RESIDENT)
        tried = await import_roster(president, here.sakura, roster, dryRun="true")
        assert tried.status_code == 200
        assert any(tried.json()["changes"].values()), "it says that somebody would leave"
        held = await story.people(president, here.sakura)
        assert RESIDENT in story.names(held["households"])
        done = await import_roster(president, here.sakura, roster)
        assert done.json()["changes"] == tried.json()["changes"], "the rehearsal told the truth"
        held = await story.people(president, here.sakura)
        assert RESIDENT not in story.names(held["households"])


async def test_who_moved_out_loses_the_association_at_the_next_pull(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leaving = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        notice = await here.post(president)
        await leaving.pull()
        home = leaving.home()
        answer = await import_roster(president, here.sakura, without(RESIDENT))
        assert answer.status_code == 200, answer.text
        removed = await leaving.http.get("/sync/v1/pull", params={"cursor": leaving.cursor})
        assert removed.status_code == 200, removed.text
        gone = [each for each in removed.json()["changes"] if each.get("x") == 2]
        assert gone, "what is no longer visible is said with x:2"
        assert all(each.keys() <= {"t", "id", "s", "q", "x"} for each in gone), "an id only"
        await leaving.pull()
        assert leaving.titles() == set()
        for type in ("associations", "blocks", "seats", "households", "notices", "stamps"):
            assert leaving.all(type) == [], f"nothing of {type} remains"
        assert leaving.all("memberships")[0]["homes"] == []
        leaving.stamp(notice["id"], home)
        (result,) = await leaving.push()
        assert result["status"] == "rejected"
        ledger = await story.reach(president, notice["id"])
        assert ledger["households"] == 7, "the household was addressed, and stays in the ledger for ever"


async def test_a_household_moves_to_another_block_and_the_old_leader_forgets_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, old, new = [await here.phone(name) for name in (PRESIDENT, LEADER_2, LEADER_1)]
        resident = await here.phone(RESIDENT)
        first, second = here.blocks["一班"], here.blocks["二班"]
        earlier = await here.post(president, title="移る前", audience={"blocks": [second]})
        await here.work()
        for phone in (old, new, resident):
            await phone.pull()
        record = f"{here.households['伊藤']}.{second}"
        assert ("roster", record) in old.records
        answer = await president.http.patch(
            f"/api/v1/households/{here.households['伊藤']}", json={"block": first, "walk": 4}
        )
        assert answer.status_code == 200, answer.text
        later = await here.post(president, title="移った後", audience={"blocks": [first]})
        await here.work()
        for phone in (old, new, resident):
            await phone.pull()
        assert ("roster", record) not in old.records, "the old leader's phone forgets it"
        moved = f"{here.households['伊藤']}.{first}"
        assert new.records["roster", moved]["walk"] == 4
        assert resident.titles() == {"移った後"}, "the notices are those of the new block"
        assert resident.all("memberships")[0]["homes"][0]["block"] == first
        before = await story.reach(president, earlier["id"])
        assert [(each["block"], each["households"]) for each in before["blocks"]] == [(second, 4)]
        after = await story.reach(president, later["id"])
        assert [(each["block"], each["households"]) for each in after["blocks"]] == [(first, 4)]
        assert (await story.reach(old, earlier["id"]))["households"] == 4, "an earlier ledger keeps its block"


async def test_a_lost_phone_is_revoked_and_told_to_wipe_itself(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, lost = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        stranger = await here.phone(MIDORI_PRESIDENT)
        await lost.pull()
        held = await story.people(president, here.sakura)
        devices = [each for home in held["households"] for man in home["people"] for each in man["devices"]]
        assert lost.device in {each["id"] for each in devices}
        assert all(len(each["number"]) == 2 and each["number"].isdigit() for each in devices)
        path = f"/api/v1/associations/{here.sakura}/devices/{lost.device}"
        assert (await stranger.http.delete(path)).status_code in (403, 404)
        elsewhere = f"/api/v1/associations/{here.midori}/devices/{lost.device}"
        assert (await stranger.http.delete(elsewhere)).status_code == 404, "not one of their people"
        assert (await lost.http.get("/api/v1/me")).status_code == 200
        assert (await president.http.delete(path)).status_code == 204
        for way in ("/sync/v1/pull", "/api/v1/me", "/api/v1/me/devices"):
            answer = await lost.http.get(way)
            assert (answer.status_code, answer.json()["slug"]) == (403, "device-revoked"), way
            assert answer.json()["wipe"] is True, "what the phone holds must go"
        await lost.http.aclose()
        assert RESIDENT in story.names((await story.people(president, here.sakura))["households"])


async def test_my_devices_are_mine_to_see_and_to_sign_out(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        first = await here.phone(RESIDENT)
        second = await here.phone(RESIDENT)
        other = await here.phone(NO_CHANNEL)
        listed = (await first.http.get("/api/v1/me/devices")).json()["devices"]
        assert {(each["id"], each["current"]) for each in listed} == {
            (first.device, True),
            (second.device, False),
        }
        assert (await first.http.delete(f"/api/v1/me/devices/{other.device}")).status_code == 404
        assert (await other.http.get("/api/v1/me")).status_code == 200
        assert (await first.http.delete(f"/api/v1/me/devices/{second.device}")).status_code == 204
        assert (await second.http.get("/api/v1/me")).status_code in (401, 403)
        assert (await first.http.delete(f"/api/v1/me/devices/{first.device}")).status_code == 204
        assert (await first.http.get("/api/v1/me")).status_code in (401, 403)


async def test_an_officers_rights_and_data_end_with_the_term(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, other = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
        await here.post(president, publish=False, title="下書き")
        for phone in (president, other):
            await phone.pull()
            assert phone.all("drafts")
            assert phone.all("roster")
        roster = SAKURA.replace("会長,2026-04-01,2027-03-31", ",,", 1)
        assert (await import_roster(other, here.sakura, roster)).status_code == 200
        refused = await here.try_post(president)
        assert refused.status_code in (403, 404), "rights end within one request"
        await president.pull()
        assert president.all("drafts") == []
        assert president.all("roster") == [], "the officers' data leaves the phone"
        assert president.all("memberships")[0]["seats"] == []
        assert president.all("associations"), "she still lives here"


async def test_dates_alone_end_a_term_while_the_worker_sleeps(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await president.pull()
        here.clock.pass_(days=140)  # 2027-04-09; the term ended with March
        refused = await here.try_post(president, deadline=None)
        assert refused.status_code in (403, 404), "a late worker never prolongs a right"
        answer = await president.http.get(f"/api/v1/associations/{here.sakura}/people")
        assert answer.status_code in (403, 404)
        await president.pull()
        assert president.all("roster") == []
        assert president.all("drafts") == []


async def test_somebody_with_one_home_sees_the_notices_of_that_association_alone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        stranger = await here.phone(MIDORI_PRESIDENT)
        await here.post(president, title="さくらのお知らせ")
        await here.post(stranger, here.midori, title="みどりのお知らせ")
        await resident.pull()
        assert resident.titles() == {"さくらのお知らせ"}
        me = (await resident.http.get("/api/v1/me")).json()
        assert [home["association"] for home in me["homes"]] == [here.sakura]
        assert me["city"]["name"] == "花水木市"
        assert me["undoSeconds"] == 0


async def test_somebody_with_homes_in_two_associations_sees_both_and_keeps_one_when_a_home_ends(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        stranger = await here.phone(MIDORI_PRESIDENT)
        await here.post(president, title="さくらのお知らせ")
        await here.post(stranger, here.midori, title="みどりのお知らせ")
        await resident.pull()
        before = dict(resident.records)
        await second_home(here, RESIDENT, "加藤")
        await resident.pull()
        assert resident.titles() == {"さくらのお知らせ", "みどりのお知らせ"}
        (held,) = resident.all("memberships")
        assert {home["association"] for home in held["homes"]} == {here.sakura, here.midori}
        me = (await resident.http.get("/api/v1/me")).json()
        assert {home["association"] for home in me["homes"]} == {here.sakura, here.midori}
        ended = await import_roster(stranger, here.midori, MIDORI)
        assert ended.status_code == 200, ended.text
        await resident.pull()
        assert resident.records == before, "of the home that ended nothing remains, of the other everything"
        assert here.midori not in repr(resident.records)
        me = (await resident.http.get("/api/v1/me")).json()
        assert [home["association"] for home in me["homes"]] == [here.sakura]


async def second_home(here: Town, name: str, household: str) -> None:
    """A roster knows the people of its own association only: whoever joins two records is the operator, by hand."""
    person, home, now = here.people[name], here.households[household], here.clock()
    async with here.house.db.write() as session:
        session.add(Resident(tenant=TENANT, household=home, person=person, since=now))
        touched = projection.Touched(households={home}, people={person})
        await projection.refresh(session, here.house.keys.vault, TENANT, touched, now)


async def test_a_leader_holds_the_names_of_the_own_block_and_a_resident_those_of_the_own_home(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        leader, resident = await here.phone(LEADER_1), await here.phone(RESIDENT)
        stranger: Phone = await here.phone(MIDORI_PRESIDENT)
        for phone in (leader, resident, stranger):
            await phone.pull()
        first = {here.households[name] for name in ("山田", "佐藤", "鈴木")}
        assert {each["household"] for each in leader.all("roster")} == first
        assert PAPER in story.names(leader.all("roster"))
        assert resident.all("roster") == []
        everything = repr(sorted(resident.records.items(), key=repr))
        for name in (NO_CHANNEL, PAPER, "000-0000-0003", "3丁目"):
            assert name not in everything, f"{name} is no business of a neighbour"
        assert "@example.jp" not in everything, "no synced body carries a mail address"
        assert "@" not in repr(list(leader.records.values())), "nor does a leader's"
        assert "さくら" not in repr(list(stranger.records.values()))
