"""Before the press: whom it would reach, as now, as last known in the cellar, or as the list of homes lets one guess."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect
from sqlalchemy import update

from notices import quotas
from notices.channels import Mail
from notices.channels.memory import MemoryChannel
from notices.models import Address
from tests.browser.access import violations
from tests.browser.autumn import CLEANING
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.screens import begin_to_write
from tests.browser.site import Site
from tests.town import TENANT

pytestmark = pytest.mark.browser

HEADING = "17世帯に届けます"


def foreseen(held: Handset) -> Locator:
    return held.page.get_by_role("region", name="届く見込み")


async def test_whom_it_reaches_stands_above_the_button_in_words_and_one_bar(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    await begin_to_write(president)
    await president.press("たしかめる")
    await president.sees("時点の見込みです")
    box = foreseen(president)
    await expect(box).to_contain_text(HEADING)
    bar = box.get_by_role("img", name="見込み：30分以内に届く")
    await expect(bar).to_have_accessible_name(
        re.compile("30分以内に届く11世帯、紙で4世帯、連絡手段なし（訪問）2世帯")
    )
    await expect(box).to_contain_text("スマホの登録もメールもありません：2世帯")

    await president.press("書きなおす")
    await president.page.get_by_label("えらんだ班に").check()
    await president.page.get_by_label("二班").check()
    await president.press("たしかめる")
    await expect(box).to_contain_text("6世帯に届けます")


async def test_who_is_about_to_send_reads_of_whom_line_has_too_few_messages_left(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    town = here.town
    async with town.house.db.write() as session:
        hers = update(Address).where(Address.tenant == TENANT, Address.person == town.people["伊藤 さち"])
        await session.execute(hers.values(channel="line", lane="line"))
        await quotas.keep(session, "line", 200, 200, town.clock())
    president = await take_up("山田 花子")
    await begin_to_write(president)
    await president.press("たしかめる")
    box = foreseen(president)
    await expect(box).to_contain_text(
        "LINEで受けとる方は1人ですが、今月LINEで送れるのは0通です。この方々には、ほかの手段か訪問で届けます。"
    )
    await expect(box).to_contain_text("LINEだけの方で、今月送れる数を使い切りました：1世帯")
    await take(president.page, album(tmp_path) / "forecast-line.png")
    assert await violations(president.page) == []


async def test_what_is_marked_urgent_says_so_before_and_after_it_has_left(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    await begin_to_write(president)
    await president.page.get_by_role("radio", name=re.compile("^急ぎ")).check()
    await president.press("たしかめる")
    await expect(president.page.locator("article .chip")).to_have_text("急ぎ")
    await president.press("会に出す")
    await president.sees("に出しました。")
    await expect(president.page.locator("main .kind .chip")).to_have_text("急ぎ")
    mail = here.town.house.channels["mail"]
    assert isinstance(mail, MemoryChannel)
    await president.until(lambda: len(mail.kept) > 5)
    assert all(isinstance(each, Mail) and each.urgency == "urgent" for each in mail.kept)


async def test_in_the_cellar_the_last_forecast_says_of_when_it_is(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await begin_to_write(president)
    await president.press("たしかめる")
    await president.sees("時点の見込みです")
    await president.lose_signal()
    await president.open("/write")
    await expect(president.page.get_by_label("題", exact=True)).to_have_value(CLEANING)
    await president.press("たしかめる")
    await expect(foreseen(president)).to_contain_text("30分以内に届く")
    await expect(foreseen(president)).to_contain_text("時点の見込みです")


async def test_a_phone_that_was_never_told_guesses_from_the_list_of_homes(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    await president.lose_signal()
    await begin_to_write(president)
    await president.press("たしかめる")
    await expect(foreseen(president)).to_contain_text(HEADING)
    await expect(foreseen(president)).to_contain_text("スマホを登録した家1世帯")
    await expect(foreseen(president)).to_contain_text("圏外のため")
