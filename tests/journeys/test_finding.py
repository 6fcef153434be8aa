"""An officer finds what was sent, by words and by year, and sends last year's once more."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from notices import ids
from notices.publishing import publish
from notices.publishing.compose import Draft
from notices.town.standing import standing
from tests.journeys import story
from tests.journeys.story import MIDORI_PRESIDENT, OFFICER_2, PRESIDENT, RESIDENT
from tests.phone import Phone
from tests.server.test_bad_input import is_a_problem
from tests.server.test_files import PDF
from tests.town import TENANT, Town, circular, town


async def found(by: Phone, association: str, **asked: Any) -> list[str]:
    answer = await by.http.get(f"/api/v1/associations/{association}/notices", params=asked)
    assert answer.status_code == 200, answer.text
    return [each["title"] for each in answer.json()["notices"]]


async def test_words_are_found_in_title_and_text_however_they_are_written(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, neighbour = await here.phone(PRESIDENT), await here.phone(MIDORI_PRESIDENT)
        await here.post(president, title="ゴミの収集日", body="来週から100%水曜です。")
        await here.post(president, title="秋の清掃", body="側溝を点\n検します。ごみ袋をお持ちください。")
        draft = await here.post(president, title="ラジオ体操_夏", body="下書き", publish=False)
        await here.post(neighbour, here.midori, title="ゴミの収集日（みどり）")

        for asked, titles in (
            ("ごみ", ["秋の清掃", "ゴミの収集日"]),
            ("ｺﾞﾐ　袋", ["秋の清掃"]),
            ("点検", ["秋の清掃"]),
            ("らじお", ["ラジオ体操_夏"]),
            ("100%水", ["ゴミの収集日"]),
            ("%", ["ゴミの収集日"]),
            ("_", ["ラジオ体操_夏"]),
            ("\\", []),
            ("盆おどり", []),
        ):
            assert await found(president, here.sakura, q=asked) == titles, asked

        await story.correct(president, draft["id"], title="盆おどり")
        assert await found(president, here.sakura, q="盆オドリ") == ["盆おどり"]
        assert await found(president, here.sakura, q="らじお") == []


async def test_a_year_begins_in_april_and_a_month_is_one_of_it(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        for title, at in (
            ("三月の末", datetime(2027, 3, 31, 14, 59, tzinfo=UTC)),
            ("一月", datetime(2027, 1, 10, tzinfo=UTC)),
            ("四月の初め", datetime(2026, 3, 31, 15, 0, tzinfo=UTC)),
            ("前の年度", datetime(2026, 3, 31, 14, 59, tzinfo=UTC)),
        ):
            here.clock.at = at
            # Terms begin on 1 April 2026; what was sent before is as old as its row says.
            await written(here, title, at)
        here.clock.at = datetime(2027, 3, 31, 14, 59, 30, tzinfo=UTC)
        assert await found(president, here.sakura, year=2026) == ["三月の末", "一月", "四月の初め"]
        assert await found(president, here.sakura, year=2025) == ["前の年度"]
        assert await found(president, here.sakura, year=2026, month=4) == ["四月の初め"]
        assert await found(president, here.sakura, year=2026, month=1) == ["一月"]
        assert await found(president, here.sakura, year=2026, month=3, q="三月") == ["三月の末"]
        assert await found(president, here.sakura, year=2026, month=12) == []


async def written(here: Town, title: str, at: datetime) -> None:
    april = datetime(2026, 6, 1, tzinfo=UTC)
    async with here.house.db.write() as session:
        by = await standing(session, TENANT, here.people[PRESIDENT], april)
        assert by is not None
        draft = Draft(kind="notice", topic="other", title=title, body="本文")
        await publish.write(session, by, here.sakura, draft, at)


async def test_what_is_asked_wrongly_is_told_and_nobody_else_finds_anything(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        path = f"/api/v1/associations/{here.sakura}/notices"
        for params in ({"q": "あ" * 101}, {"year": 1}, {"year": 99999}, {"month": 4}, {"q": "a\0"}):
            is_a_problem(await president.http.get(path, params=params), 422, slug="field-wrong", what=params)
        wrong = {"year": 2026, "month": 13}
        is_a_problem(await president.http.get(path, params=wrong), 422, slug="field-wrong")
        is_a_problem(await president.http.get(path, params={"year": "昨年"}), 400, 422)
        is_a_problem(await resident.http.get(path, params={"q": "清掃"}), 403)
        foreign = f"/api/v1/associations/{here.midori}/notices"
        is_a_problem(await president.http.get(foreign, params={"q": "清掃"}), 404)


@pytest.mark.parametrize("kept", ["draft", "sent"])
async def test_another_officer_sends_last_years_with_its_map(
    database_url: str, tmp_path: Path, kept: str
) -> None:
    async with town(database_url, tmp_path) as here:
        president, officer = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
        neighbour = await here.phone(MIDORI_PRESIDENT)
        uploaded = await president.http.post(
            "/api/v1/files", files={"file": ("地図.pdf", PDF, "application/pdf")}
        )
        files = [{"sha256": uploaded.json()["sha256"], "name": "地図.pdf"}]
        await here.post(president, files=files, publish=kept == "sent")
        here.clock.pass_(days=3)
        again = await here.try_post(officer, files=files)
        assert again.status_code == 201, again.text
        theirs = await here.try_post(neighbour, here.midori, files=files)
        is_a_problem(theirs, 422, slug="file-unknown")


async def test_a_draft_that_is_kept_for_the_seat_is_there_for_whoever_comes_next(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, officer = await here.phone(PRESIDENT), await here.phone(OFFICER_2)
        await president.pull()
        # In the cellar, to be kept and not sent.
        id = ids.new_id()
        said = circular(association=here.sakura, title="総会の案内のひな形", deadline=None, publish=False)
        president.write("submissions", id, said)
        [result] = await president.push()
        assert result["status"] == "ok", result
        await officer.pull()
        [draft] = [each for each in officer.all("drafts") if each["id"] == id]
        assert (draft["title"], draft["state"]) == ("総会の案内のひな形", "draft")
        assert await found(officer, here.sakura, q="ひな形") == ["総会の案内のひな形"]
