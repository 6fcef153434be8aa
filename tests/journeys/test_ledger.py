"""Who was reached: every household in exactly one column, by its best proof, whoever brought it."""

from pathlib import Path

import pytest

from notices import ids
from notices.channels import Outgoing
from notices.channels.memory import MemoryChannel
from notices.outcomes import Later, Outcome
from tests.journeys import story
from tests.journeys.story import (
    GRADES,
    LEADER_1,
    LEADER_2,
    MIDORI_PRESIDENT,
    OFFICER_2,
    PAPER,
    PRESIDENT,
    RESIDENT,
)
from tests.phone import Phone
from tests.town import Town, town


def counts(ledger: dict[str, dict[str, int]]) -> tuple[int, ...]:
    return tuple(ledger["grades"][grade] for grade in GRADES)


async def test_a_household_climbs_from_planned_to_stamped_one_column_at_a_time(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        resident = await here.phone(RESIDENT)
        notice = await here.post(president)
        home = here.households["伊藤"]
        ledger = await story.reach(president, notice["id"])
        assert story.grade_of(ledger, home) == "planned", "nothing has left yet"
        assert story.grade_of(ledger, here.households["渡辺"]) == "noChannel"
        assert ledger["finished"] is False, "a delivery is open"
        await here.work()
        ledger = await story.reach(president, notice["id"])
        assert story.grade_of(ledger, home) == "handedOver", "handed over is never read"
        assert ledger["finished"] is True
        assert counts(ledger)[4] == 0
        await resident.pull()
        await resident.pull()  # The cursor that is presented acknowledges what it covers.
        await here.work()
        ledger = await story.reach(president, notice["id"])
        assert story.grade_of(ledger, home) == "onThePhone"
        resident.stamp(notice["id"], home)
        await resident.push()
        ledger = await story.reach(president, notice["id"])
        assert story.grade_of(ledger, home) == "stamped"
        (row,) = [each for each in ledger["rows"] if each["household"] == home]
        assert row["how"] == "app"
        assert row["by"] is not None
        assert row["at"] is not None
        assert sum(counts(ledger)) == 7


async def test_paper_and_told_in_person_count_as_much_as_a_press(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_1)
        notice = await here.post(president)
        await here.work()
        await leader.pull()
        leader.online = False
        leader.visit(notice["id"], here.households["鈴木"], "paper")
        leader.visit(notice["id"], here.households["山田"], "not-home")
        leader.online = True
        assert [each["status"] for each in await leader.push()] == ["ok", "ok"]
        told = {"householdId": here.households["渡辺"], "how": "told"}
        answer = await president.http.post(f"/api/v1/notices/{notice['id']}/stamps", json=told)
        assert answer.status_code == 201, answer.text
        await here.work()
        ledger = await story.reach(president, notice["id"])
        how = {row["name"]: (row["grade"], row["how"]) for row in ledger["rows"]}
        assert how["鈴木"] == ("stamped", "paper")
        assert how["渡辺"] == ("stamped", "told")
        assert how["山田"][0] != "stamped", "nobody was at home"
        await leader.pull()
        await president.pull()
        assert {each["kind"] for each in leader.all("visits")} >= {"paper", "not-home"}
        (mine,) = [each for each in leader.all("reach") if each["notice"] == notice["id"]]
        assert mine["grades"]["stamped"] == 1, "the leader's own block"
        assert sum(mine["grades"].values()) == mine["households"] == 3


async def test_the_contract_of_a_stamp_by_hand_takes_who_said_so(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president)
        said = {"householdId": here.households["鈴木"], "how": "paper", "by": here.people[PAPER]}
        answer = await president.http.post(f"/api/v1/notices/{notice['id']}/stamps", json=said)
        assert answer.status_code == 201, f"a stamp by hand is {{householdId, how, by}}: {answer.text}"


async def test_a_leader_visits_the_own_block_alone(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, stranger = [
            await here.phone(each) for each in (PRESIDENT, LEADER_1, MIDORI_PRESIDENT)
        ]
        resident = await here.phone(RESIDENT)
        notice = await here.post(president)
        away = {"householdId": here.households["渡辺"], "how": "told"}
        for phone in (leader, stranger, resident):
            phone.visit(notice["id"], here.households["渡辺"], "told")
            (result,) = await phone.push()
            assert result["status"] == "rejected", phone.name
            answer = await phone.http.post(f"/api/v1/notices/{notice['id']}/stamps", json=away)
            assert answer.status_code in (403, 404), phone.name
        resident.visit(notice["id"], here.households["伊藤"], "told")
        assert (await resident.push())[0]["status"] == "rejected", (
            "a resident stamps, a resident does not visit"
        )
        assert counts(await story.reach(president, notice["id"]))[4] == 0
        officer = await here.phone(OFFICER_2)
        officer.visit(notice["id"], here.households["渡辺"], "told")
        assert (await officer.push())[0]["status"] == "ok", "an officer may knock at every door"
        assert counts(await story.reach(president, notice["id"]))[4] == 1


async def test_a_leader_sees_names_of_the_own_block_and_of_no_other(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
        notice = await here.post(president)
        own = await story.reach(leader, notice["id"])
        assert {row["block"] for row in own["rows"]} == {here.blocks["二班"]}
        other = await leader.http.get(
            f"/api/v1/notices/{notice['id']}/reach", params={"block": here.blocks["一班"]}
        )
        assert other.status_code in (403, 404), "the next block is somebody else's"
        assert "鈴木" not in other.text
        foreign = await leader.http.get(
            f"/api/v1/notices/{notice['id']}/reach", params={"block": here.blocks["東"]}
        )
        assert foreign.status_code in (403, 404)
        assert (await leader.http.get(f"/api/v1/notices/{notice['id']}/deliveries")).status_code in (403, 404)
        part = await story.reach(president, notice["id"], here.blocks["一班"])
        assert part["households"] == 3
        assert {row["name"] for row in part["rows"]} == {"山田", "佐藤", "鈴木"}
        walk = [row["walk"] for row in part["rows"]]
        assert walk == sorted(walk), "in walking order"


async def test_the_first_proof_wins_and_nothing_is_overwritten(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, resident = [await here.phone(each) for each in (PRESIDENT, LEADER_2, RESIDENT)]
        notice = await here.post(president)
        await resident.pull()
        resident.stamp(notice["id"], resident.home())
        await resident.push()
        visit = ids.new_id()
        at = "2026-11-20T10:05:00+09:00"
        body = {"notice": notice["id"], "household": resident.home(), "kind": "told", "at": at}
        leader.write("visits", visit, body)
        leader.write("visits", visit, body | {"kind": "not-home"})
        await leader.push()
        ledger = await story.reach(president, notice["id"])
        (row,) = [each for each in ledger["rows"] if each["household"] == resident.home()]
        assert (row["grade"], row["how"]) == ("stamped", "app"), "the press came first"
        await resident.pull()
        assert len(resident.all("stamps")) == 1, "a leader never writes a household's stamp"


async def test_what_could_not_be_sent_is_seen_with_its_reason(database_url: str, tmp_path: Path) -> None:
    def refuses(message: Outgoing) -> Outcome:
        return Later(451, "greylisted")

    channels = {"mail": MemoryChannel("mail", refuses), "push": MemoryChannel("push")}
    async with town(database_url, tmp_path, channels) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president)
        await here.work()
        ledger = await story.reach(president, notice["id"])
        assert ledger["grades"]["handedOver"] == 0
        assert ledger["finished"] is False, "what waits for another try is not finished"
        deliveries = (await president.http.get(f"/api/v1/notices/{notice['id']}/deliveries")).json()
        assert set(deliveries["states"]) == {"later"}
        assert all(row["reason"] for row in deliveries["rows"]), "each with its reason"
        assert "@" not in repr(deliveries), "and without anybody's address"


@pytest.mark.everyday
async def test_the_ledger_adds_up_after_everything(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, other, leader, resident = [
            await here.phone(each) for each in (PRESIDENT, OFFICER_2, LEADER_1, RESIDENT)
        ]
        notice = await here.post(president)
        await a_full_week(here, president, leader, resident, notice["id"])
        roster = story.without(PAPER)
        assert (await story.import_roster(other, here.sakura, roster)).status_code == 200
        newcomer = "二班,5,205,木村,3丁目 8-1,,9,木村 新,きむら あらた,1990,,arata.kimura@example.jp,,,\n"
        assert (await story.import_roster(other, here.sakura, roster + newcomer)).status_code == 200
        await here.work()
        ledger = await story.reach(president, notice["id"])
        assert ledger["households"] == 7, "the denominator was fixed at publication"
        assert len(ledger["rows"]) == 7
        assert "木村" not in {row["name"] for row in ledger["rows"]}, "who came later is not owed a message"
        assert "arata.kimura@example.jp" not in story.sent_to(here)
        for row in ledger["rows"]:
            assert row["grade"] in GRADES
        by_row = tuple(sum(row["grade"] == grade for row in ledger["rows"]) for grade in GRADES)
        assert by_row == counts(ledger), "the rows and the counts tell one story"


async def a_full_week(here: Town, president: Phone, leader: Phone, resident: Phone, notice: str) -> None:
    await here.work()
    for phone in (leader, resident):
        await phone.pull()
        await phone.pull()
    await here.work()
    resident.stamp(notice, resident.home())
    await resident.push()
    leader.visit(notice, here.households["鈴木"], "paper")
    await leader.push()
    moved = {"block": here.blocks["一班"]}
    await president.http.patch(f"/api/v1/households/{here.households['渡辺']}", json=moved)
    await story.correct(president, notice, body="訂正です。", resend="unstamped")
    await here.work()
