"""個人情報のあつかい: what is stored of me comes as a file, or goes; by touch, by keyboard, and by an officer's hand."""

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.keyboard import tab_to
from tests.browser.pictures import album, take
from tests.browser.site import Site

pytestmark = pytest.mark.browser


def whose(file: Path) -> str:
    name: str = json.loads(file.read_text())["person"]["name"]
    return name


async def test_what_is_stored_of_me_comes_as_a_file(here: Site, take_up: TakeUp, tmp_path: Path) -> None:
    resident = await take_up("伊藤 さち")
    await resident.open("/privacy")
    await resident.sees("お知らせの本文と添付：5年")
    await resident.sees("だれが名前を見たか：1年と35日")
    await take(resident.page, album(tmp_path) / "privacy.png")
    async with resident.page.expect_download() as coming:
        await resident.press("記録を受けとる")
    file = await coming.value
    assert file.suggested_filename == "kairan-my-data.json"
    await file.save_as(tmp_path / "mine.json")
    assert whose(tmp_path / "mine.json") == "伊藤 さち"
    await resident.sees("記録のファイルを保存しました。")
    await resident.lose_signal()
    await resident.press("記録を受けとる")
    await expect(resident.page.locator(".problem")).to_contain_text("電波")


async def test_erasure_is_asked_for_taken_back_and_done_by_keyboard(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    resident = await take_up("伊藤 さち")
    await resident.open("/privacy")
    await resident.sees("ご自分の記録を消す")
    await tab_to(resident, "記録を消す")
    await resident.page.keyboard.press("Enter")
    await resident.sees("7日後に、あなたの記録を消します。よろしいですか。")
    await resident.page.locator(".confirm .plain").scroll_into_view_if_needed()
    assert await violations(resident.page) == []
    assert await sideways_at_double_text(resident.page) <= 0
    await take(resident.page, album(tmp_path) / "erasure.png")
    await resident.page.keyboard.press("Enter")
    await resident.sees("消すのをやめる")
    await tab_to(resident, "消すのをやめる")
    await resident.page.keyboard.press("Enter")
    await resident.sees("取り消しました。")
    await resident.page.locator("k-my-records .plain", has_text="記録を消す").tap()
    await resident.page.locator("k-my-records .danger").tap()
    await resident.sees("消すのをやめる")
    resident.expect("403")
    here.town.clock.pass_(days=7, seconds=1)
    await resident.page.wait_for_url("**/enrol")
    await resident.sees("このスマホの登録は止められました。")


async def test_an_officer_asks_for_somebody_and_takes_it_back(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await president.open("/people")
    await president.page.locator("summary").filter(has_text="二班").tap()
    person = president.page.locator(".person").filter(has_text="渡辺 誠")
    await person.locator("summary").tap()
    await person.get_by_role("button", name="記録を消す").tap()
    await president.sees("ご本人の申し出があったときだけ、押してください。")
    assert await violations(president.page) == []
    await person.locator(".danger").tap()
    await expect(person).to_contain_text("に記録を消します。")
    await person.get_by_role("button", name="消すのをやめる").tap()
    await president.sees("渡辺 誠さんの記録はそのままです。")
    await expect(person).not_to_contain_text("に記録を消します。")
