"""An association without officers: what a clerk sees and presses; and the sheet that was printed for that day."""

from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import update

from notices.models import Seat, Term
from notices.tokyo import today
from tests.browser import printed, screens
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.keyboard import tab_to
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_lanes_page import appoint_clerk
from tests.journeys import city_hall
from tests.town import TENANT

pytestmark = pytest.mark.browser


async def accessible(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def end_all_terms(here: Site) -> None:
    """Of Sakura: the day after nobody thought of a handover."""
    seats = Seat.__table__.select().with_only_columns(Seat.id).where(Seat.association == here.town.sakura)
    rows = update(Term).where(Term.tenant == TENANT, Term.seat.in_(seats))
    async with here.town.house.db.write() as session:
        ended = rows.values(ends=today(here.town.clock()))
        await session.execute(ended, execution_options={"journalled": True, "synchronize_session": False})


async def test_a_clerk_brings_an_orphaned_association_back(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    await appoint_clerk(here, "小林 茂")
    await end_all_terms(here)
    clerk = await take_up("小林 茂")
    await city_hall.proved(here.town, here.town.people["小林 茂"])
    await clerk.press("町内会")
    await clerk.sees("2の町内会のうち、2に役員の心配があります。")
    await accessible(clerk)
    await clerk.press("さくら町内会")
    await clerk.sees("お知らせを出せる人がいません。")
    await take(clerk.page, album(tmp_path) / "orphaned.png")
    await clerk.press("会長にして、紙をつくる")
    await clerk.sees("名前か住民番号を入れてください。")
    clerk.expect("status of 422")
    await tab_to(clerk, "会長にして、紙をつくる")
    await clerk.page.get_by_label("名前か住民番号").fill("だれか")
    await clerk.press("会長にして、紙をつくる")
    await clerk.sees("「だれか」という名前や番号の方は、さくら町内会の名簿にいません。")
    await accessible(clerk)
    await clerk.page.get_by_label("名前か住民番号").fill("伊藤さち")
    await clerk.page.keyboard.press("Enter")
    await clerk.sees("1人分の紙ができました")
    code = await clerk.page.locator(".slip-code b").inner_text()
    assert printed.pages(await clerk.page.pdf(prefer_css_page_size=True)) == 1

    president = await take_up()
    await president.enrol(code)
    await president.open("/settings")
    await president.sees("会長")
    await expect(president.page.get_by_role("link", name="名簿")).to_be_visible()


async def test_a_clerk_makes_a_slip_for_an_officer_whose_phone_is_gone(here: Site, take_up: TakeUp) -> None:
    await appoint_clerk(here, "小林 茂")
    clerk = await take_up("小林 茂")
    await city_hall.proved(here.town, here.town.people["小林 茂"])
    await clerk.open(f"/orphans/{here.town.sakura}")
    await clerk.sees("会長　山田 花子")
    await expect(clerk.page.get_by_label("名前か住民番号")).to_be_visible()
    await clerk.press("登録の紙をつくる")
    await clerk.sees("ご本人であることを確かめて、手渡してください。")
    await accessible(clerk)
    await clerk.page.locator(".confirm").get_by_role("button", name="登録の紙をつくる").tap()
    await clerk.sees("1人分の紙ができました")


async def test_the_sheet_for_the_drawer_is_one_page_of_a4_and_needs_no_signal(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president = await take_up("山田 花子")
    await president.press("名簿")
    await screens.open_menu(president)
    await president.press("スマホがなくなったときの紙")
    await president.sees("もしものときの紙")
    await accessible(president)
    await president.lose_signal()
    await president.page.reload()
    await president.sees("もしものときの紙")
    await take(president.page, album(tmp_path) / "recovery-sheet.png")
    pdf = await president.page.pdf(prefer_css_page_size=True)
    assert printed.pages(pdf) == 1
    readings = printed.readings(pdf)
    for words in (
        "さくら町内会　もしものときの紙",
        "市役所 市民協働課 000-0000-0000",
        "だれのスマホも使えないとき",
        "三班の班長",
        "井上 浩",
    ):
        assert any(words in reading for reading in readings), words
    assert not any("この紙を印刷" in reading or "設定" in reading for reading in readings), "the page alone"


async def test_an_officer_is_not_shown_the_citys_page(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await president.open("/orphans")
    await president.sees("この画面は、市の職員の方が使います。")
