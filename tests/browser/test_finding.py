"""出したものをさがす: by words and by year, with and without a signal; last year's is written once more; a draft is kept."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from notices.finding.folding import terms
from notices.tokyo import today
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.autumn import CLEANING, GARBAGE, autumn
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.keyboard import tab_to
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.notices.test_folding import ALIKE

pytestmark = pytest.mark.browser


async def accessible(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def test_an_officer_finds_what_was_sent_with_and_without_a_signal(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    await autumn(here)
    president = await take_up("山田 花子")
    await president.press("出したもの")
    await president.press("さがす・前の年のものをもう一度")
    await president.sees("ことばか年度を選ぶと")
    await accessible(president)
    await tab_to(president, "ことば")
    await president.page.keyboard.type("ｼｹﾞﾝごみ")
    await president.page.keyboard.press("Enter")
    await president.sees("見つかりませんでした。")
    await president.page.get_by_label("ことば").fill("資源ゴミ")
    await president.press("さがす")
    await president.sees("1件見つかりました")
    await president.sees(GARBAGE)
    await president.page.get_by_label("年度").select_option(index=1)
    await president.page.get_by_label("ことば").fill("")
    await president.press("さがす")
    await president.sees(CLEANING)
    await take(president.page, album(tmp_path) / "find.png")
    await accessible(president)

    await president.lose_signal()
    await president.page.get_by_label("ことば").fill("側溝")
    await president.press("さがす")
    await president.sees("このスマホにあるものだけを出しています。")
    await president.press(CLEANING)
    await president.sees("本文を見る")
    await president.find_signal()


async def test_last_years_is_written_once_more_and_kept_as_a_draft(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    settled = await autumn(here)
    president, officer = await take_up("山田 花子"), await take_up("高橋 健")
    await president.open(f"/sent/{settled.cleaning}")
    await president.press("これをもとに、もう一度書く")
    await president.sees("題と本文の日付を、今年のものに直してください。")
    await president.sees("と同じ曜日の")
    before = today(here.town.clock()) + timedelta(days=7)
    deadline = date.fromisoformat(await president.page.get_by_label("しめきり").input_value())
    assert deadline > before
    assert deadline.weekday() == date.fromisoformat(here.soon(7)).weekday()
    await expect(president.page.get_by_label("題", exact=True)).to_have_value(CLEANING)
    await president.sees("集合場所.png")
    await accessible(president)
    await take(president.page, album(tmp_path) / "again.png")
    await president.press("たしかめる")
    await president.sees("時点の見込みです")
    await accessible(president)
    await president.press("送らずに、会の下書きに残す")
    await president.sees("会の下書きに残しました。")

    await officer.open("/sent")
    await officer.sees("下書き")
    await officer.page.get_by_role("link", name="下書き").first.tap()
    await officer.sees("まだ出していません。")


async def test_the_phone_folds_words_as_the_server_does(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    folded = await president.page.evaluate(
        "async (all) => { const { fold } = await import('/web/read/finding.js'); return all.map(fold); }",
        [written for written, _ in ALIKE],
    )
    assert folded == [expected for _, expected in ALIKE]
    asked = "　ゴミ　収集 ごみ\t"
    split = await president.page.evaluate(
        "async (asked) => (await import('/web/read/finding.js')).terms(asked)", asked
    )
    assert split == terms(asked)


async def test_a_deadline_stays_on_its_weekday_and_dates_in_the_text_are_named(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    moved, dates = await president.page.evaluate("""async () => {
        const { sameWeekday, datesIn } = await import('/web/read/again.js');
        return [
            ["2026-11-29", "2020-02-29", "2027-03-01"].map((day) => sameWeekday(day, "2026-12-01")),
            datesIn("令和８年度の総会は４月12日（日）、雨なら4/19。4月12日です。"),
        ];
    }""")
    assert moved == ["2027-11-28", "2027-02-20", "2028-02-28"]
    assert [date.fromisoformat(day).weekday() for day in moved] == [6, 5, 0]
    assert dates == ["令和8年度", "4月12日", "4/19"]
