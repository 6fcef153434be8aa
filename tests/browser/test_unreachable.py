"""連絡のつかないお宅: what an officer reads there, and what each button does about it."""

from pathlib import Path

import pytest
from playwright.async_api import Locator, expect
from sqlalchemy import update

from notices.models import Address
from tests.browser import screens
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.town import TENANT

pytestmark = pytest.mark.browser


def home(held: Handset, name: str) -> Locator:
    return held.page.locator(".doors li").filter(has_text=name)


async def set_mail(here: Site, name: str, state: str, reason: str) -> None:
    rows = update(Address).where(Address.tenant == TENANT, Address.person == here.town.people[name])
    async with here.town.house.db.write() as session:
        await session.execute(rows.values(state=state, reason=reason))


async def look(president: Handset) -> None:
    await president.press("名簿")
    await screens.open_menu(president)
    await president.press("連絡のつかないお宅")
    await president.sees("連絡のつかないお宅は4軒です")


async def test_each_home_says_why_and_every_button_mends_it(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    await set_mail(here, "伊藤 さち", "gone", "mailbox-unknown")
    await set_mail(here, "森 恵子", "off", "stopped")
    president = await take_up("山田 花子")
    await look(president)
    await take(president.page, album(tmp_path) / "unreachable.png")
    await expect(home(president, "渡辺")).to_contain_text("スマホの登録もメールもありません。")
    await expect(home(president, "森")).to_contain_text("どうやって受けとりたいか、お聞きください。")
    await expect(home(president, "森").get_by_role("button")).to_have_count(1)

    ito = home(president, "伊藤")
    await ito.locator("summary").tap()
    await ito.get_by_label("伊藤 さちさんから聞いたメールアドレス").fill("sachi@")
    president.expect("422")
    await ito.get_by_role("button", name="このアドレスに送る").tap()
    await expect(ito.locator(".problem")).to_be_visible()
    assert await violations(president.page) == []
    assert await sideways_at_double_text(president.page) <= 0
    await ito.get_by_label("伊藤 さちさんから聞いたメールアドレス").fill("sachi.new@example.jp")
    await ito.get_by_role("button", name="このアドレスに送る").tap()
    await president.sees("伊藤 さちさんに、次からメールで届けます。")
    await president.sees("連絡のつかないお宅は3軒です")

    await home(president, "斎藤").get_by_role("button", name="紙で届ける家にする").tap()
    await president.sees("斎藤を、紙で届ける家にしました。")
    await president.sees("連絡のつかないお宅は2軒です")

    await home(president, "渡辺").get_by_role("button", name="登録の紙をつくる").tap()
    await president.sees("1人分の紙ができました")


async def test_the_list_is_there_on_the_street_without_a_signal(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await president.open("/people/unreachable")
    await president.sees("連絡のつかないお宅は2軒です")
    await president.lose_signal()
    await president.page.reload()
    await president.sees("連絡のつかないお宅は2軒です")
    await expect(home(president, "渡辺")).to_be_visible()
    # What cannot be done says so, and the reader is taken to the sentence.
    for path in ("/people/unreachable", "/people"):
        await president.open(path)
        if path == "/people":
            await president.page.locator("summary").filter(has_text="一班").first.click()
        await president.page.get_by_role("button", name="登録の紙をつくる").first.click()
        await expect(president.page.locator(".problem")).to_be_focused()
