"""The city's circulars on the screens: a clerk writes and looks, officers pass on or decline, also without a signal."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.gate import Refusal
from tests.browser.handset import Handset
from tests.browser.keyboard import tab_to
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_approvals import with_passkey
from tests.browser.test_two_hats import MIDORI, PRESIDENT, SAKURA, second_hat
from tests.journeys import circulars

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("here", [{"host": "localhost"}], indirect=True)]

CLERK = "石川 真"
TITLE = "ハザードマップの見なおしについて"


async def sound(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def test_a_clerk_writes_sees_the_load_sends_and_sees_what_became_of_it(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    clerk, president = await with_passkey(here, take_up, CLERK, "clerk"), await take_up("山田 花子")
    await circulars.second_person(here.town)
    await clerk.open("/")
    await clerk.press("市の回覧")
    await clerk.sees("市の回覧はまだありません")
    await sound(clerk)
    await clerk.press("市の回覧を書く")
    await clerk.press("送る前にたしかめる")
    await clerk.sees("題")
    await clerk.page.get_by_label("町内会をえらぶ").check()
    await clerk.page.get_by_label("さくら町内会").check()
    await clerk.page.get_by_label("題").fill(TITLE)
    await clerk.page.get_by_label("本文").fill("川の近くの浸水の深さを見なおしました。")
    await sound(clerk)
    await clerk.press("送る前にたしかめる")
    await clerk.sees("1の町内会・")
    await clerk.sees("今月、すでに届いている数")
    await clerk.page.get_by_text("町内会ごとに見る").tap()
    await sound(clerk)
    await take(clerk.page, album(tmp_path) / "city-load.png")
    await clerk.press("送る承認をたのむ")
    await clerk.sees("承認待ち")
    await sound(clerk)
    await circulars.approve(here.town, clerk.page.url.rpartition("/")[2])
    await clerk.sees("回した 0・まだ 1・対象外 0")
    await expect(clerk.page.locator(".rows li")).to_contain_text("さくら町内会")
    await sound(clerk)

    await president.open("/circulars")
    await president.sees("返事を待っている回覧が1件あります")
    await sound(president)
    await president.press(TITLE)
    await expect(president.page.get_by_role("region", name="届く見込み")).to_be_visible()
    await president.page.get_by_label("添え書き").fill("わからないことは班長まで。")
    await sound(president)
    await take(president.page, album(tmp_path) / "circular.png")
    await president.press("町内会に回す")
    await president.sees("町内会に回しました")
    await here.town.work()
    await here.town.work()
    await clerk.open("/city")
    await clerk.sees("回した 1・まだ 0・対象外 0")
    await clerk.press(TITLE)
    await expect(clerk.page.locator(".rows li")).to_contain_text("回した")
    await sound(clerk)
    await clerk.page.get_by_text("表にして保存する").click()
    async with clerk.page.expect_download() as saved:
        await clerk.page.get_by_role("button", name="町内会ごとの表", exact=True).click()
    assert (await saved.value).suggested_filename == "町内会ごとの届き具合.csv"
    await clerk.sees("表を保存しました")
    await sound(clerk)
    await take(clerk.page, album(tmp_path) / "city-one.png")
    await clerk.press("取り下げる")
    await clerk.page.locator(".confirm .danger").tap()
    await clerk.sees("取り下げました")


async def test_an_officer_declines_without_a_signal_and_it_arrives(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    clerk = await circulars.clerk(here.town)
    president = await take_up("山田 花子")
    circular = await circulars.send(here.town, clerk, deadline=here.soon())
    await president.open("/circulars")
    await president.press(TITLE)
    await president.sees("町内会に回す")
    await president.lose_signal()
    await president.press("わが会は対象外")
    await president.page.get_by_label("対象外の理由").fill("高台のため、対象の世帯がありません。")
    await sound(president)
    await president.press("市に「対象外」と返事する")
    await president.sees("電波がもどると、市に返事を送ります")
    await president.find_signal()
    await president.open("/circulars")
    await president.sees("対象外と返事しました")
    seen = await circulars.page(clerk, circular["id"])
    assert circulars.row_of(seen, here.town.sakura)["state"] == "declined"


async def test_an_officer_lets_circulars_go_on_by_themselves_and_a_resident_is_offered_nothing(
    here: Site, take_up: TakeUp
) -> None:
    president, resident = await take_up("山田 花子"), await take_up("伊藤 さち")
    await president.open("/circulars")
    await president.sees("市からの回覧はまだありません")
    await president.page.get_by_label("届いたら、そのまま自動で回す").tap()
    await president.sees("回し方を変えました")
    clerk = await circulars.clerk(here.town)
    await circulars.send(here.town, clerk, deadline=here.soon())
    await here.town.work()
    await resident.open("/")
    await resident.sees(TITLE)
    for path, words in (
        ("/circulars", "この画面は、町内会の役員の方が使います"),
        ("/city", "市の担当の方が使います"),
    ):
        await resident.open(path)
        await resident.sees(words)


async def test_the_keyboard_alone_leads_from_the_list_to_the_homes(here: Site, take_up: TakeUp) -> None:
    clerk = await circulars.clerk(here.town)
    president = await take_up("山田 花子")
    circular = await circulars.send(here.town, clerk, deadline=here.soon())
    await president.open("/circulars")
    await president.sees(TITLE)
    await tab_to(president, TITLE)
    await president.page.keyboard.press("Enter")
    await president.page.get_by_role("button", name="町内会に回す").wait_for()
    await tab_to(president, "添え書き")
    await president.page.keyboard.type("Kouminkan ni mo arimasu.")
    # Behind the field of a date, whose inner stops show rings of the browser's own.
    for _ in range(12):
        await president.page.keyboard.press("Tab")
        if await president.page.evaluate("document.activeElement.textContent.trim()") == "町内会に回す":
            break
    await president.page.keyboard.press("Enter")
    await president.sees("町内会に回しました")
    seen = await circulars.page(clerk, circular["id"])
    assert circulars.row_of(seen, here.town.sakura)["state"] == "forwarded"


async def test_a_draft_of_the_city_hall_is_written_on_made_for_one_association_and_sent(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    clerk = await with_passkey(here, take_up, CLERK, "clerk")
    await circulars.second_person(here.town)
    await clerk.open("/city/write")
    await clerk.page.get_by_label("題").fill(TITLE)
    await clerk.page.get_by_label("本文").fill("川の近くの浸水の深さを見なおしました。")
    await clerk.press("送る前にたしかめる")
    await clerk.press("送らずに、市の下書きに残す")
    await clerk.sees("市の下書きに残しました")
    await clerk.sees(f"{len(here.town.households)}世帯・")
    await sound(clerk)
    await take(clerk.page, album(tmp_path) / "city-draft.png")

    colleague = await with_passkey(here, take_up, "木下 薫", "clerk")
    await colleague.open("/city")
    await colleague.press(TITLE)
    await colleague.press("書きなおす")
    await colleague.page.get_by_label("町内会をえらぶ").check()
    await colleague.page.get_by_label("さくら町内会").check()
    await colleague.page.get_by_label("しめきり").first.fill(here.soon())
    await sound(colleague)
    await colleague.press("送る前にたしかめる")
    await colleague.sees("1の町内会・")
    await expect(colleague.page.get_by_role("button", name="送る承認をたのむ")).to_be_enabled()
    await colleague.press("送る承認をたのむ")
    await colleague.sees("承認待ち")
    await circulars.approve(here.town, colleague.page.url.rpartition("/")[2])
    await colleague.sees("回した 0・まだ 1・対象外 0")


async def test_nothing_is_asked_for_before_it_is_known_whom_it_reaches(here: Site, take_up: TakeUp) -> None:
    clerk = await with_passkey(here, take_up, CLERK, "clerk")
    await clerk.open("/city/write")
    await clerk.page.get_by_label("題").fill(TITLE)
    await clerk.page.get_by_label("本文").fill("川の近くの浸水の深さを見なおしました。")
    await clerk.press("送る前にたしかめる")
    await clerk.press("送らずに、市の下書きに残す")
    await clerk.sees("市の下書きに残しました")
    await clerk.sees("2の町内会・")

    # The homes are known, what these associations already got is not: the button waits for both.
    ask = clerk.page.get_by_role("button", name="送る承認をたのむ")
    load = f"/api/v1/cities/{await circulars.city(here.town)}/load"
    clerk.expect("status of 503")
    here.gate.refusal = Refusal(load, 503)
    await clerk.page.reload()
    await clerk.sees("今月すでに届いている数を、市役所から受けとれません。")
    await clerk.sees(f"{len(here.town.households)}世帯・")
    await expect(ask).to_be_disabled()
    await sound(clerk)
    here.gate.refusal = None
    await clerk.press("もう一度調べる")
    await clerk.sees("今月、すでに届いている数")
    await expect(ask).to_be_enabled()

    await clerk.lose_signal()
    await clerk.page.reload()
    await clerk.sees("届く世帯の数がわかりません")
    await clerk.sees("今月すでに届いている数を、市役所から受けとれません。")
    await expect(ask).to_be_disabled()
    await sound(clerk)
    await clerk.press("書きなおす")
    await clerk.press("送る前にたしかめる")
    await clerk.sees("届く世帯の数がわかりません")
    await clerk.sees("今月すでに届いている数を、市役所から受けとれません。")
    await expect(ask).to_be_disabled()
    await clerk.find_signal()
    await clerk.open("/city")
    await clerk.press(TITLE)
    await clerk.press("この下書きを捨てる")
    await clerk.page.locator(".confirm .danger").click()
    await clerk.sees("下書きを捨てました")


async def test_a_clerk_finds_what_was_sent_and_writes_it_once_more(here: Site, take_up: TakeUp) -> None:
    clerk = await with_passkey(here, take_up, CLERK, "clerk")
    sender = await circulars.clerk(here.town)
    await circulars.send(here.town, sender, deadline=here.soon())
    await clerk.open("/city")
    await clerk.press("さがす・前の年のものをもう一度")
    await clerk.page.get_by_label("ことば").fill("はざーど")
    await clerk.page.get_by_role("button", name="さがす", exact=True).click()
    await clerk.sees("1件")
    await sound(clerk)
    await clerk.press(TITLE)
    await clerk.press("もう一度")
    await clerk.sees("に出したものを写しました")
    await expect(clerk.page.get_by_label("題")).to_have_value(TITLE)
    await sound(clerk)
    await clerk.press("送る前にたしかめる")
    await clerk.press("送らずに、市の下書きに残す")
    await clerk.sees("市の下書きに残しました")


async def test_an_officer_of_two_answers_for_each_and_a_refusal_keeps_what_was_typed(
    here: Site, take_up: TakeUp
) -> None:
    await second_hat(here)
    clerk, officer = await circulars.clerk(here.town), await take_up(PRESIDENT)
    circular = await circulars.send(here.town, clerk, deadline=here.soon())
    await officer.open("/circulars")
    await officer.press(TITLE)
    sakura, midori = (
        officer.page.locator("section.card").filter(has=officer.page.get_by_role("heading", name=name))
        for name in (SAKURA, MIDORI)
    )
    await sakura.get_by_label("添え書き").fill("さくらの方へ。")
    await expect(midori.get_by_label("添え書き")).to_have_value("")
    await midori.get_by_label("添え書き").fill("みどりの方へ。")
    ids = await officer.page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))
    await sound(officer)
    await midori.get_by_role("button", name="町内会に回す").tap()
    await officer.sees("町内会に回しました")
    await expect(midori.get_by_label("添え書き")).to_have_count(0)
    await expect(sakura.get_by_label("添え書き")).to_have_value("さくらの方へ。")

    # The deadline passes while the form is open.
    here.town.clock.pass_(days=11)
    officer.expect("status of 409")
    await sakura.get_by_role("button", name="町内会に回す").tap()
    refusal = sakura.locator(".problem")
    await expect(refusal).to_be_focused()
    await expect(refusal).to_be_in_viewport()
    await expect(refusal).to_contain_text("この回覧の期限は過ぎました。")
    await expect(sakura.get_by_label("添え書き")).to_have_value("さくらの方へ。")
    await expect(midori.locator(".problem")).to_have_count(0)
    seen = await circulars.page(clerk, circular["id"])
    assert circulars.row_of(seen, here.town.midori)["state"] == "forwarded"
    assert circulars.row_of(seen, here.town.sakura)["state"] == "received"
