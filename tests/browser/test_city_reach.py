"""市全体の届き具合: a clerk sees counts per association and month, and no name."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.access import sideways_at_double_text, violations
from tests.browser.autumn import autumn
from tests.browser.conftest import TakeUp
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_lanes_page import appoint_clerk

pytestmark = pytest.mark.browser


async def test_a_clerk_looks_at_a_month_and_the_one_before(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    await autumn(here)
    await appoint_clerk(here, "渡辺 誠")
    clerk, resident = await take_up("渡辺 誠"), await take_up("伊藤 さち")
    await clerk.press("市の回覧")
    await clerk.press("市全体の届き具合")
    await clerk.sees("名前は出ません。")
    await expect(clerk.page.get_by_role("listitem").filter(has_text="さくら町内会")).to_contain_text(
        "世帯が読みました"
    )
    await take(clerk.page, album(tmp_path) / "city-reach.png")
    assert await violations(clerk.page) == []
    assert await sideways_at_double_text(clerk.page) <= 0
    await clerk.press("前の月")
    await clerk.press("前の月")
    await clerk.sees("この月に出た回覧はありません。")
    await clerk.press("次の月")
    await clerk.lose_signal()
    await clerk.press("前の月")
    await clerk.sees("電波がないか、つながりにくいようです。")
    await resident.open("/city/reach")
    await resident.sees("この画面は、市の担当の方が使います。")
