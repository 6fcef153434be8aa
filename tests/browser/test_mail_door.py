"""Into the app without paper, by eight digits in a mail; and one's own address, in the settings."""

import re
from pathlib import Path

import pytest
from sqlalchemy import update

from notices.models import Address
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.journeys import story

pytestmark = pytest.mark.browser


async def digits(here: Site, held: Handset, email: str) -> str:
    """Of the newest mail with a code there."""

    def mailed() -> list[str]:
        mails = [each for each in story.mails(here.town) if each.to.address == email]
        return [story.plain(here.town, each) for each in mails if each.unsubscribe is None]

    await held.until(lambda: bool(mailed()))
    found = re.search(r"\d{4} \d{4}", mailed()[-1])
    assert found is not None
    return found[0]


async def test_a_couple_comes_in_by_mail_each_as_themselves(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    held = await take_up()
    held.expect("status of 403")
    await held.open("/enrol")
    await held.press("メールで番号を受けとる")
    await held.page.get_by_label("メールアドレス").fill("hanako.yamada@example.jp")
    await held.page.keyboard.press("Enter")
    await held.sees("数分のうちに番号が届きます")
    await take(held.page, album(tmp_path) / "mail-door.png")
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0
    code = held.page.get_by_label("メールの番号")
    await code.fill("0000 0000")
    await held.press("この番号で入る")
    await held.sees("この番号は使えません")
    await code.fill(await digits(here, held, "hanako.yamada@example.jp"))
    await held.press("この番号で入る")
    await held.sees("どなたですか")
    assert await violations(held.page) == []
    await held.press("山田 太郎です")
    await held.sees("山田 太郎さんとして登録しました")
    await held.press("お知らせを見る")
    await held.sees("最新です")


async def test_a_resident_adds_a_mail_address_in_the_settings(here: Site, take_up: TakeUp) -> None:
    held = await take_up("渡辺 誠")
    await held.open("/settings")
    await held.press("メールアドレスを入れる")
    await held.page.get_by_label("メールアドレス").fill("makoto.watanabe@example.jp")
    await held.press("確かめの番号を送る")
    await held.sees("に番号を送りました")
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0
    await held.page.get_by_label("メールの番号").fill(await digits(here, held, "makoto.watanabe@example.jp"))
    await held.press("このアドレスにする")
    await held.sees("これからのお知らせは、makoto.watanabe@example.jp にも届きます。")


async def test_mail_that_somebody_stopped_is_seen_in_the_settings_and_switched_on_again(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    async with here.town.house.db.write() as session:
        hers = update(Address).where(Address.person == here.town.people["伊藤 さち"])
        await session.execute(hers.values(state="off", reason="stopped"))
    resident = await take_up("伊藤 さち")
    await resident.open("/settings")
    await resident.sees("メールでの受け取りを止めています。覚えがないときは")
    assert await violations(resident.page) == []
    await resident.page.locator("k-address").scroll_into_view_if_needed()
    await take(resident.page, album(tmp_path) / "mail-stopped.png")
    await resident.page.get_by_role("button", name="メールで受け取りなおす").press("Enter")
    await resident.sees("お知らせをメールで受け取れます。")
    assert await violations(resident.page) == []
    await resident.press("メールでの受け取りを止める")
    await resident.sees("メールでの受け取りを止めています。")
    assert await sideways_at_double_text(resident.page) <= 0
