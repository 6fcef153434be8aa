"""The paper twin: printed for the homes still on paper, and what its return counts for."""

from pathlib import Path
from typing import Any

from notices import ids
from tests.journeys import story
from tests.journeys.story import LEADER_1, LEADER_2, MIDORI_PRESIDENT, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.town import Town, town


async def print_sheets(by: Phone, notice: str, block: str | None = None) -> list[dict[str, Any]]:
    answer = await by.http.post(f"/api/v1/notices/{notice}/sheet", params={"block": block} if block else {})
    assert answer.status_code == 200, answer.text
    sheets: list[dict[str, Any]] = answer.json()["sheets"]
    return sheets


def names(sheet: dict[str, Any]) -> list[str]:
    return [home["name"] for home in sheet["homes"]]


def bring_back(by: Phone, sheet: dict[str, Any], *households: str, notice: str | None = None) -> None:
    at = "2026-11-22T10:00:00+09:00"
    for household in households or [home["household"] for home in sheet["homes"]]:
        said = {"notice": notice or sheet["notice"], "household": household, "kind": "paper", "at": at}
        by.write("visits", _new(), said | {"sheet": sheet["sheet"]})


_new = ids.new_id


async def set_paper(by: Phone, household: str, paper: bool) -> None:
    answer = await by.http.patch(f"/api/v1/households/{household}", json={"paper": paper})
    assert answer.status_code == 200, answer.text


async def keyed(by: Phone, code: str) -> tuple[int, dict[str, Any]]:
    answer = await by.http.get(f"/api/v1/sheets/{code}")
    return answer.status_code, answer.json()


async def ready(here: Town) -> tuple[Phone, Phone, str]:
    """Officer, leader of the second block, and a circular for which 伊藤 and 鈴木 get paper."""
    president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_2)
    await set_paper(president, here.households["伊藤"], True)
    notice = (await here.post(president))["id"]
    await here.work()
    return president, leader, notice


async def test_a_sheet_lists_the_homes_on_paper_now_and_keeps_its_number_while_it_says_the_same(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        first, second = await print_sheets(president, notice)
        assert (first["blockName"], names(first)) == ("一班", ["鈴木"])
        assert (second["blockName"], names(second), second["number"]) == ("二班", ["伊藤"], 1)
        assert first["code"] != second["code"]
        assert second["url"].endswith(f"/back#{second['code']}")
        assert (await print_sheets(leader, notice)) == [second], "the same once more"

        await set_paper(president, here.households["渡辺"], True)
        await set_paper(president, here.households["伊藤"], False)
        now = (await leader.http.get(f"/api/v1/notices/{notice}/sheet")).json()
        assert [home["name"] for home in now["blocks"][0]["homes"]] == ["渡辺"]
        [anew] = await print_sheets(leader, notice)
        assert (names(anew), anew["number"]) == (["渡辺"], 2)
        assert (await keyed(leader, second["code"]))[1]["homes"][0]["name"] == "伊藤", (
            "what was printed stays"
        )


async def test_what_comes_back_counts_for_the_homes_that_were_ticked(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        await set_paper(president, here.households["高橋"], True)
        [sheet] = await print_sheets(leader, notice)
        assert names(sheet) == ["高橋", "伊藤"]
        await leader.pull()
        [held] = leader.all("sheets")
        assert held["code"] == sheet["code"], "so that it can be keyed without a signal"
        leader.online = False
        bring_back(leader, held, here.households["伊藤"])
        leader.online = True
        assert [each["status"] for each in await leader.push()] == ["ok"]
        ledger = await story.reach(president, notice)
        how = {row["name"]: row["how"] for row in ledger["rows"]}
        assert (how["伊藤"], how["高橋"]) == ("paper", None)
        status, found = await keyed(leader, sheet["code"].lower().replace("-", " "))
        assert status == 200
        assert [(home["name"], home["stamped"]) for home in found["homes"]] == [
            ("高橋", False),
            ("伊藤", True),
        ]
        [left] = await print_sheets(leader, notice)
        assert names(left) == ["高橋"], "who is told needs no second sheet"


async def test_every_wrong_paper_is_told_apart_with_what_to_do(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        first, second = await print_sheets(president, notice)
        neighbour = await here.phone(MIDORI_PRESIDENT)
        wrong = second["code"][:-1] + ("0" if second["code"][-1] != "0" else "1")
        for phone, code, slug in (
            (leader, wrong, "sheet-code-mistyped"),
            (leader, first["code"], "sheet-of-another-block"),
            (neighbour, second["code"], "sheet-unknown"),
            (await here.phone(RESIDENT), second["code"], "not-allowed"),
        ):
            status, problem = await keyed(phone, code)
            assert (status >= 400, problem["slug"]) == (True, slug)
        assert "一班の班長" in (await keyed(leader, first["code"]))[1]["detail"]
        assert (await story.correct(president, notice, body="直しました。", askAgain=True)).status_code == 200
        assert (await keyed(leader, second["code"]))[1]["slug"] == "sheet-outdated"
        await leader.pull()
        assert leader.all("sheets") == []
        [anew] = await print_sheets(leader, notice)
        assert (await story.act(president, notice, "withdraw")).status_code == 200
        status, problem = await keyed(leader, anew["code"])
        assert (status, problem["slug"]) == (410, "sheet-withdrawn")
        assert "捨ててください" in problem["detail"]
        answer = await leader.http.post(f"/api/v1/notices/{notice}/sheet")
        assert answer.json()["slug"] == "withdrawn"


async def test_a_line_that_does_not_fit_its_sheet_is_refused_and_nothing_is_half_done(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        [sheet] = await print_sheets(leader, notice)
        other = (await here.post(president, title="もう一つ"))["id"]
        await here.work()
        bring_back(leader, sheet, here.households["伊藤"], notice=other)
        bring_back(leader, sheet, here.households["田中"])
        bring_back(leader, sheet | {"sheet": _new()}, here.households["伊藤"])
        assert [each["code"] for each in await leader.push()] == [
            "sheet-of-another-notice",
            "not-on-sheet",
            "sheet-unknown",
        ]
        bring_back(leader, sheet)
        assert (await story.correct(president, notice, body="直しました。", askAgain=True)).status_code == 200
        assert [each["code"] for each in await leader.push()] == ["sheet-outdated"]
        for each in (notice, other):
            assert (await story.reach(president, each))["grades"]["stamped"] == 0
        await leader.pull()
        assert all("紙" in each["message"] for each in leader.all("corrections"))


async def test_a_home_that_moves_while_its_paper_is_round_is_still_recorded_by_who_carried_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader, notice = await ready(here)
        [sheet] = await print_sheets(leader, notice)
        moved = {"block": here.blocks["一班"]}
        await president.http.patch(f"/api/v1/households/{here.households['伊藤']}", json=moved)
        bring_back(leader, sheet)
        assert [each["status"] for each in await leader.push()] == ["ok"]
        ledger = await story.reach(president, notice, here.blocks["二班"])
        assert [row["how"] for row in ledger["rows"] if row["name"] == "伊藤"] == ["paper"]


async def test_where_nobody_is_on_paper_nothing_is_printed(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, leader = await here.phone(PRESIDENT), await here.phone(LEADER_1)
        notice = (await here.post(president))["id"]
        await set_paper(president, here.households["鈴木"], False)
        answer = await leader.http.post(f"/api/v1/notices/{notice}/sheet")
        assert (answer.status_code, answer.json()["slug"]) == (409, "nobody-on-paper")
        news = (await here.post(president, kind="notice", deadline=None))["id"]
        answer = await president.http.post(f"/api/v1/notices/{news}/sheet")
        assert answer.json()["slug"] == "no-stamp-asked"
