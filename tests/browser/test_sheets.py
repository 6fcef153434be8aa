"""The paper twin: large type on A4 with its list, and the sheet that comes back, keyed or chosen."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser import printed
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.keyboard import tab_to
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_walking import how, known
from tests.phone import Phone

pytestmark = pytest.mark.browser

A4 = (595, 842)
"""Points."""
TITLE = "秋の清掃と側溝の点検について"


async def counted(here: Site, president: Phone, **said: str) -> str:
    notice: str = (await here.town.post(president, deadline=here.soon(), **said))["id"]
    async with asyncio.timeout(20):
        while not any(each["notice"] == notice for each in president.all("reach")):
            await asyncio.sleep(0.05)
            await president.pull()
    return notice


async def give_paper(here: Site, president: Phone, *homes: str) -> None:
    for home in homes:
        path = f"/api/v1/households/{here.town.households[home]}"
        assert (await president.http.patch(path, json={"paper": True})).status_code == 200


async def make(held: Handset, notice: str, whose: str = "") -> list[str]:
    """→ the codes on the sheets."""
    await held.open(f"/sheet/{notice}")
    if whose:
        await held.page.get_by_label(whose).check()
    await held.press("紙をつくる")
    found = held.page.locator(".paper-code b")
    await expect(found.first).to_be_visible()
    return await found.all_inner_texts()


async def ready_to_print(held: Handset) -> int:
    """How many QR codes there are at the moment when the printer's dialogue would open."""
    await held.page.evaluate("""() => {
        self.printed = new Promise((done) => {
            self.print = () => done([...document.querySelectorAll(".paper img")].filter((q) => q.naturalWidth > 100).length);
        });
    }""")
    await held.press("印刷する")
    squares: int = await held.page.evaluate("self.printed")
    return squares


async def test_each_block_has_its_sheet_of_a4_with_text_code_and_list(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president = await here.town.phone("山田 花子")
    notice = await counted(here, president, body="日曜の朝8時に公園へ。\n\n- 軍手\n- **飲みもの**")
    await give_paper(here, president, "伊藤", "渡辺")
    officer = await take_up("山田 花子")
    codes = await make(officer, notice)
    await officer.sees("3班分の紙ができました（6軒）")
    assert len(set(codes)) == 3
    assert await ready_to_print(officer) == 3
    assert await violations(officer.page) == []
    assert await sideways_at_double_text(officer.page) <= 0
    await officer.page.locator("#sheets").scroll_into_view_if_needed()
    await take(officer.page, album(tmp_path) / "sheet.png")

    pdf = await officer.page.pdf(prefer_css_page_size=True)
    assert printed.sizes(pdf) == {A4}
    assert printed.pages(pdf) == 3, "a page for each block"
    readings = printed.readings(pdf)
    for words in (*codes, TITLE, "軍手", "飲みもの", "鈴木 様", "清水 様", "伊藤 様", "橋本 様", "回覧表"):
        assert any(words in reading for reading in readings), words
    assert not any("高橋 様" in reading for reading in readings), "who has a phone needs no paper"
    assert not any("紙をつくる" in reading for reading in readings), "nothing of the screen is printed"


async def test_a_long_text_and_many_homes_run_over_pages_and_every_home_is_printed(
    here: Site, take_up: TakeUp
) -> None:
    president = await here.town.phone("山田 花子")
    notice = await counted(here, president, body="長いお知らせです。この行は続きます。\n\n" * 60)
    await give_paper(here, president, "高橋", "田中", "伊藤", "渡辺", "中村")
    leader = await take_up("田中 実")
    [code] = await make(leader, notice)
    pdf = await leader.page.pdf(prefer_css_page_size=True)
    assert 3 <= printed.pages(pdf) <= 6
    readings = printed.readings(pdf)
    for words in (code, "高橋 様", "田中 様", "伊藤 様", "渡辺 様", "中村 様", "松本 様"):
        assert any(words in reading for reading in readings), words


async def test_a_leader_keys_the_code_without_a_signal_and_unticks_who_put_no_mark(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president = await here.town.phone("山田 花子")
    notice = await counted(here, president)
    await give_paper(here, president, "伊藤", "渡辺")
    leader = await take_up("田中 実")
    [code] = await make(leader, notice)
    await leader.sees("1班分の紙ができました（3軒）")
    await leader.open("/back")
    await leader.sees("いま回っている紙")
    await leader.lose_signal()
    await leader.page.reload()
    await leader.page.get_by_label("紙の番号").fill(code.lower().replace("-", " "))
    await leader.press("この紙を記録する")
    await leader.sees("印のない家は、しるしを外してください")
    await leader.page.get_by_label("渡辺").uncheck()
    await take(leader.page, album(tmp_path) / "back.png")
    assert await violations(leader.page) == []
    assert await sideways_at_double_text(leader.page) <= 0
    await leader.press("2軒を「紙で済み」にする")
    await leader.sees("2軒を「紙で済み」と記録しました。")
    await leader.find_signal()
    await leader.open(f"/back/{notice}")
    await leader.press(f"{code} が戻ってきた")
    await leader.sees("もう済んでいる家：伊藤、松本")
    await known(leader, president, notice, "松本", "paper")
    found = await how(president, notice)
    assert (found["伊藤"], found["松本"], found["渡辺"]) == ("paper", "paper", None)


async def test_each_wrong_paper_gets_its_sentence(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    one, two = await counted(here, president), await counted(here, president, title="もう一つの回覧")
    sheets = {}
    for notice in (one, two):
        made = (await president.http.post(f"/api/v1/notices/{notice}/sheet")).json()["sheets"]
        sheets[notice] = {each["blockName"]: each["code"] for each in made}
    leader = await take_up("田中 実")
    leader.expect("status of 4")
    for code, sentence in (
        ("12", "番号は6文字です"),
        (sheets[one]["一班"], "これは一班の紙です。一班の班長か、役員の方にわたしてください。"),
    ):
        await leader.open(f"/back/{one}")
        await leader.page.get_by_label("紙の番号").fill(code)
        await leader.press("この紙を記録する")
        await leader.sees(sentence)
    await leader.page.get_by_label("紙の番号").fill(sheets[two]["二班"])
    await leader.press("この紙を記録する")
    await leader.sees("これは別の回覧「もう一つの回覧」の紙です。")
    await leader.press("その回覧の紙として記録する")
    await leader.sees("印のない家は、しるしを外してください")

    assert (await president.http.post(f"/api/v1/notices/{two}/withdraw")).status_code == 200
    await leader.open("/")
    await leader.sees("最新です")
    await leader.open("/back")
    await leader.page.get_by_label("紙の番号").fill(sheets[two]["二班"])
    await leader.press("この紙を記録する")
    await leader.sees("は取り下げられました。記録はいりません。")
    await leader.lose_signal()
    await leader.press("この紙を記録する")
    await leader.sees("この番号の紙は、このスマホにはありません。")


async def test_the_qr_opens_the_list_and_a_resident_is_told_whose_page_it_is(
    here: Site, take_up: TakeUp
) -> None:
    president = await here.town.phone("山田 花子")
    notice = await counted(here, president)
    made = (await president.http.post(f"/api/v1/notices/{notice}/sheet")).json()["sheets"]
    url = next(each["url"] for each in made if each["blockName"] == "二班")
    path = url.removeprefix(here.origin)
    leader, resident = await take_up("田中 実"), await take_up("伊藤 さち")
    await leader.open(path)
    await leader.sees("印のない家は、しるしを外してください")
    await expect(leader.page).to_have_url(re.compile("/back$"))
    await tab_to(leader, "松本")
    await leader.page.keyboard.press("Space")
    await leader.does_not_see("1軒を「紙で済み」にする")
    await leader.page.keyboard.press("Space")
    await tab_to(leader, "1軒を「紙で済み」にする")
    await leader.page.keyboard.press("Enter")
    await leader.sees("1軒を「紙で済み」と記録しました。")
    await resident.open(path)
    await resident.sees("この画面は、班長と役員の方が使います。")
