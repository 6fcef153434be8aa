"""Rosters as they really come: out of Excel, half edited, hostile. All or nothing, row by row."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys import story
from tests.journeys.story import MIDORI_PRESIDENT, PRESIDENT, import_roster
from tests.server.test_bad_input import is_a_problem, japanese
from tests.town import SAKURA, Town, town

NEW = "二班,9,209,{home},3丁目 9-9,,29,{name},きむら あらた,1990,,arata.kimura@example.jp,,,\n"


@pytest.fixture
async def here(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(database_url, tmp_path) as made:
        yield made


async def test_a_roster_with_a_broken_row_changes_nothing_and_says_which(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    path = f"/api/v1/associations/{here.sakura}/roster"
    before = (await president.http.get(path)).content
    good = NEW.format(home="木村", name="木村 新")
    for row, number in (
        (good.replace("1990", "千九百九十年"), 11),
        (good.replace("arata.kimura@example.jp", "arata kimura"), 11),
        (good.replace("木村 新", ""), 11),
        (good.replace(",9,209", ",九番目,209"), 11),
        ("二班,9,209\n", 11),
        (good.replace(",,,\n", ",会長,2026-06-31,2027-03-31\n"), 11),
        (good.replace(",,,\n", ",会長,2027-04-01,2026-04-01\n"), 11),
        (good.replace(",,,\n", ",皇帝,2026-04-01,2027-03-31\n"), 11),
        (good.replace("木村 新", "木村\u202e新"), 11),
        (good.replace("木村 新", "木" * 5_000), 11),
    ):
        roster = SAKURA + good.replace("29", "28").replace("209", "208").replace("arata", "sora") + row
        answer = await import_roster(president, here.sakura, roster)
        body = is_a_problem(answer, 422, slug="roster-has-errors")
        errors = [each for each in body["report"] if each["level"] == "error"]
        assert number in {each["row"] for each in errors}, f"{row}: {body['report']}"
        assert all(japanese(each["message"]) for each in errors), "the officer is told in words"
        assert (await president.http.get(path)).content == before, "all or nothing"


async def test_a_file_that_is_no_roster_is_refused(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    path = f"/api/v1/associations/{here.sakura}/roster"
    before = (await president.http.get(path)).content
    header = SAKURA.splitlines()[0]
    for csv in (
        b"",
        b"\n\n",
        header.encode(),
        b"a,b,c\n1,2,3\n",
        SAKURA.replace("氏名", "名前の列", 1).encode(),
        (header + ",合言葉\n" + "\n".join(line + ",x" for line in SAKURA.splitlines()[1:])).encode(),
        (header + ",氏名\n" + "\n".join(line + ",x" for line in SAKURA.splitlines()[1:])).encode(),
        b"\xff\xfe\x00" * 50,
        b"\x00" * 500,
        b"PK\x03\x04" + b"\x00" * 100,
        SAKURA.encode("utf-16"),
        b'"' + SAKURA.encode(),
        SAKURA.encode()[:-200] + b"\x81",
        b"<html><body>captive portal</body></html>",
    ):
        answer = await import_roster(president, here.sakura, csv)
        is_a_problem(answer, 400, 409, 422, what=csv[:60])
        assert (await president.http.get(path)).content == before, csv[:60]


async def test_a_roster_out_of_excel_in_cp932_is_read(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    added = SAKURA + NEW.format(home="髙﨑", name="髙﨑 ①郎").replace("\n", "\r\n")
    answer = await import_roster(president, here.sakura, added.encode("cp932"))
    assert answer.status_code == 200, answer.text
    again = await import_roster(president, here.sakura, b"\xef\xbb\xbf" + added.encode())
    assert not any(again.json()["changes"].values()), (
        "the same roster in UTF-8 with a mark is the same roster"
    )
    held = await story.people(president, here.sakura)
    assert "髙﨑 ①郎" in story.names(held["households"])


async def test_two_people_may_share_an_address_and_a_carriers_odd_one_is_taken(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    shared = NEW.format(home="木村", name="木村 新").replace("arata.kimura", "sachi.ito")
    odd = (
        NEW.format(home="古川", name="古川 縁").replace("arata.kimura@", "a..b.@docomo.").replace("29", "30")
    )
    answer = await import_roster(president, here.sakura, SAKURA + shared + odd.replace("209", "210"))
    assert answer.status_code == 200, answer.text
    assert any(each["level"] == "warning" for each in answer.json()["report"]), "taken, with a warning"
    await here.post(president)
    await here.work()
    assert "a..b.@docomo.example.jp" in story.sent_to(here)
    assert "sachi.ito@example.jp" in story.sent_to(here)


async def test_formulas_go_out_as_text_and_come_back_as_they_were(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    path = f"/api/v1/associations/{here.sakura}/roster"
    roster, taken = SAKURA, 0
    for number, start in enumerate("=+-@＝＋－＠\t"):
        row = (
            f"二班,{20 + number},{300 + number},家{number},{start}1+1番地,,{400 + number},人{number},,,,,,,\n"
        )
        answer = await import_roster(president, here.sakura, roster + row)
        if answer.status_code == 200:
            roster, taken = roster + row, taken + 1
        else:
            is_a_problem(answer, 422, slug="roster-has-errors")
    exported = (await president.http.get(path)).content
    for line in exported.decode("utf-8-sig").splitlines():
        for cell in line.replace('"', "").split(","):
            assert not cell.startswith(tuple("=+-@＝＋－＠\t")), f"Excel would run this: {cell!r}"
    again = await import_roster(president, here.sakura, exported)
    assert again.status_code == 200, again.text
    assert not any(again.json()["changes"].values()), f"{taken} taken; export and import change nothing"


async def test_a_phone_number_with_a_plus_survives_the_way_out_and_in(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    row = NEW.format(home="木村", name="木村 新").replace("1990,,", "1990,+81-00-0000-0009,")
    answer = await import_roster(president, here.sakura, SAKURA + row)
    assert answer.status_code == 200, answer.text
    exported = await president.http.get(f"/api/v1/associations/{here.sakura}/roster")
    assert b",+81" not in exported.content
    again = await import_roster(president, here.sakura, exported.content)
    assert not any(again.json()["changes"].values()), again.text


async def test_a_roster_that_would_leave_nobody_in_charge_is_refused(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    leaderless = SAKURA.replace("副会長,2026-04-01,2027-03-31", ",,").replace(
        "会長,2026-04-01,2027-03-31", ",,"
    )
    orphaned = await import_roster(president, here.sakura, leaderless)
    body: dict[str, Any] = is_a_problem(orphaned, 409, slug="roster-ends-officers")
    assert japanese(body["detail"])
    assert (await president.http.get(f"/api/v1/associations/{here.sakura}/people")).status_code == 200


async def test_names_are_kept_as_they_are_written(here: Town) -> None:
    president = await here.phone(PRESIDENT)
    name = "𠮷田 か\u3099く"
    answer = await import_roster(president, here.sakura, SAKURA + NEW.format(home="𠮷田", name=name))
    assert answer.status_code == 200, answer.text
    held = await story.people(president, here.sakura)
    assert name in story.names(held["households"]), "decomposed が stays decomposed"


async def test_a_foreign_roster_route_is_closed(here: Town) -> None:
    stranger, president = await here.phone(MIDORI_PRESIDENT), await here.phone(PRESIDENT)
    before = (await president.http.get(f"/api/v1/associations/{here.sakura}/roster")).content
    answer = await import_roster(stranger, here.sakura, SAKURA)
    is_a_problem(answer, 403, 404)
    assert (await president.http.get(f"/api/v1/associations/{here.sakura}/roster")).content == before
    answer = await import_roster(president, here.sakura, SAKURA, dryRun="perhaps")
    assert answer.status_code in (200, 400, 422)
