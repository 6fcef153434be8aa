"""From door to door: the list of the doors left, what is said at them without a signal, and a press that was a mistake."""

from pathlib import Path

from notices.models import Rung, Visit
from tests.journeys import homes, story
from tests.journeys.story import LEADER_1, LEADER_2, MIDORI_LEADER, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import TENANT, Town, town


async def doors(by: Phone, notice: str, block: str | None = None) -> list[str]:
    answer = await by.http.get(
        f"/api/v1/notices/{notice}/walking-list", params={"block": block} if block else {}
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    names = [door["name"] for each in found["blocks"] for door in each["doors"]]
    assert found["left"] == len(names)
    return names


async def one(by: Phone, notice: str, household: str) -> tuple[str, str | None, bool]:
    """Grade, how, and whether somebody was not at home."""
    ledger = await story.reach(by, notice)
    [row] = [each for each in ledger["rows"] if each["household"] == household]
    return row["grade"], row["how"], row["notHomeAt"] is not None


async def ready(here: Town) -> tuple[Phone, Phone, str]:
    president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
    notice = (await here.post(president))["id"]
    await here.work()
    await leader.pull()
    return president, leader, notice


async def test_the_doors_left_stand_in_walking_order_and_go_as_they_are_told(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        assert await doors(leader, notice) == ["高橋", "田中", "伊藤", "渡辺"]
        assert await doors(president, notice, here.blocks["一班"]) == ["山田", "佐藤", "鈴木"]
        leader.online = False
        leader.visit(notice, here.households["渡辺"], "told")
        leader.visit(notice, here.households["高橋"], "not-home")
        leader.online = True
        assert [each["status"] for each in await leader.push()] == ["ok", "ok"]
        answer = (await leader.http.get(f"/api/v1/notices/{notice}/walking-list")).json()
        [block] = answer["blocks"]
        assert [door["name"] for door in block["doors"]] == ["高橋", "田中", "伊藤"]
        assert block["doors"][0]["notHomeAt"] is not None
        assert (await doors(president, notice))[:3] == ["山田", "佐藤", "鈴木"]


async def test_the_list_is_of_ones_own_block_and_of_circulars_alone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        for phone, asked, status in (
            (leader, {"block": here.blocks["一班"]}, 403),
            (await here.phone(RESIDENT), {}, 403),
            (await here.phone(MIDORI_LEADER), {}, 404),
        ):
            answer = await phone.http.get(f"/api/v1/notices/{notice}/walking-list", params=asked)
            assert answer.status_code == status, phone.name
        news = (await here.post(president, kind="notice", deadline=None))["id"]
        await here.work()
        answer = await leader.http.get(f"/api/v1/notices/{news}/walking-list")
        assert (answer.status_code, answer.json()["slug"]) == (409, "no-stamp-asked")


async def test_a_press_by_mistake_is_taken_back_and_the_door_is_left_again(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        home = here.households["渡辺"]
        leader.online = False
        pressed = leader.visit(notice, home, "told")
        leader.take_back(pressed)
        leader.online = True
        assert [each["status"] for each in await leader.push()] == ["ok", "ok"]
        await here.work()
        await leader.pull()
        assert await one(president, notice, home) == ("noChannel", None, False)
        assert "渡辺" in await doors(leader, notice)
        assert leader.all("visits") == []
        async with here.house.db.read() as session:
            kept = await session.get(Visit, (TENANT, pressed))
        assert kept is not None, "what was pressed stays in the record"
        assert kept.taken_back_at is not None


async def test_what_others_brought_meanwhile_counts_when_a_visit_is_taken_back(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        resident, home = await here.phone(RESIDENT), here.households["伊藤"]
        out = leader.visit(notice, home, "not-home")
        told = leader.visit(notice, home, "told")
        await leader.push()
        resident.stamp(notice, home)
        await resident.push()
        assert await one(president, notice, home) == ("stamped", "told", True)
        leader.take_back(told)
        leader.take_back(told)
        leader.take_back(out)
        assert {each["status"] for each in await leader.push()} == {"ok"}
        assert await one(president, notice, home) == ("stamped", "app", False)


async def test_a_visit_is_its_authors_to_take_back_as_long_as_they_lead(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        pressed = leader.visit(notice, here.households["渡辺"], "told")
        await leader.push()
        for phone, code in (
            (await here.phone(OFFICER_2), "not-your-visit"),
            (await here.phone(LEADER_1), "no-longer-officer"),
            (await here.phone(RESIDENT), "no-longer-officer"),
        ):
            phone.take_back(pressed)
            [result] = await phone.push()
            assert (result["status"], result["code"]) == ("rejected", code), phone.name
        assert (await story.act(president, notice, "withdraw")).status_code == 200
        leader.take_back(pressed)
        [result] = await leader.push()
        assert (result["status"], result["code"]) == ("rejected", "withdrawn")


async def test_a_home_whose_proof_is_taken_back_stands_before_its_door_again(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        home = here.households["伊藤"]
        pressed = leader.visit(notice, home, "told")
        await leader.push()
        here.clock.pass_(days=1)
        await here.work()
        leader.take_back(pressed)
        await leader.push()
        await here.work()
        ledger = await story.reach(president, notice)
        assert [row["name"] for row in ledger["rows"] if row["household"] == home and row["doorAt"]] == [
            "伊藤"
        ]
        async with here.house.db.read() as session:
            left = await session.get(Rung, (TENANT, notice, home, "residual"))
        assert left is not None, "and if nobody goes, it is left to the president"


async def test_taking_back_a_visit_of_an_earlier_round_changes_nothing_of_this_one(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        home = here.households["渡辺"]
        first = leader.visit(notice, home, "told")
        await leader.push()
        assert (await story.correct(president, notice, body="直しました。", askAgain=True)).status_code == 200
        leader.visit(notice, home, "paper")
        leader.take_back(first)
        assert {each["status"] for each in await leader.push()} == {"ok"}
        assert (await one(president, notice, home))[:2] == ("stamped", "paper")


async def test_a_home_that_has_joined_another_is_left_behind_that_ones_door(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        await homes.done(president, here.households["渡辺"], "merge", into=here.households["高橋"])
        await homes.done(president, here.households["伊藤"], "merge", into=here.households["佐藤"])
        await homes.done(president, here.households["鈴木"], "move-out", people=[here.people[story.PAPER]])
        path = f"/api/v1/notices/{notice}/walking-list"
        first, second = (await president.http.get(path)).json()["blocks"]
        doors = [(door["name"], (door["livesIn"] or {}).get("name")) for door in first["doors"]]
        assert doors == [("山田", None), ("佐藤", None), ("伊藤", "佐藤"), ("鈴木", None)]
        assert [door["name"] for door in first["doors"] if door["gone"]] == ["鈴木"], "nobody is there"
        assert [door["name"] for door in second["doors"]] == ["高橋", "渡辺", "田中"]
        [own] = (await leader.http.get(path)).json()["blocks"]
        [told] = [door["livesIn"] for door in own["doors"] if door["name"] == "伊藤"]
        assert (told["name"], told["block"]) == ("佐藤", here.blocks["一班"]), "where another leader walks"
        leader.visit(notice, here.households["高橋"], "told")
        await leader.push()
        [own] = (await leader.http.get(path)).json()["blocks"]
        assert [door["name"] for door in own["doors"]] == ["田中", "伊藤"], "one door, and both are told"
