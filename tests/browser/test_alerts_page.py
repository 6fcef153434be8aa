"""届いた警報: a clerk sees what came in, writes a rule, and another switches it on after being told what that means."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.authenticator import Authenticator
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_approvals import with_passkey
from tests.journeys.city_hall import official
from tests.journeys.test_alerts_of_others import CLERK, COLLEAGUE, Machine, machine, rule

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("here", [{"host": "localhost"}], indirect=True)]
HEADLINE = "花水木市に大雨特別警報"


async def kisho(here: Site) -> Machine:
    return await machine(here.town)


async def test_a_clerk_sees_what_came_in_and_writes_a_rule(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    held = await with_passkey(here, take_up, CLERK, "clerk")
    await held.open("/alerts")
    await held.sees("登録は運用担当者がします")
    assert await violations(held.page) == []
    bringing = await kisho(here)
    later = here.soon()
    await bringing.brought(expires=f"{later}T16:00:00+09:00")
    await bringing.brought(identifier="d1", status="Exercise", expires=f"{later}T16:00:00+09:00")
    await held.open("/alerts")
    await held.sees(f"【緊急】{HEADLINE}")
    await held.sees(f"【訓練】{HEADLINE}")
    await held.sees("下書きにしました")
    await held.sees("自動で送る決まりはありません。")
    await held.press("決まりを書く")
    await held.press("書いておく")
    await held.sees("警報の名前を入れてください。")
    await held.page.get_by_label("警報の名前").fill("大雨特別警報")
    assert await violations(held.page) == []
    await held.press("書いておく")
    await held.sees("大雨特別警報（kisho@example.jp）")
    await held.sees("ご自分で書いた決まりです")
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0
    await take(held.page, album(tmp_path) / "alerts.png")


async def test_another_switches_it_on_after_being_told_what_that_means(here: Site, take_up: TakeUp) -> None:
    await kisho(here)
    writer = await official(here.town, COLLEAGUE, passkey=Authenticator(origin=here.origin))
    held = await with_passkey(here, take_up, CLERK, "clerk")
    third = await official(here.town, "岡田 薫", passkey=Authenticator(origin=here.origin))
    await rule(here.town, writer, third)
    await held.open("/alerts")
    await held.sees("使っています")
    await held.press("使わない")
    await held.sees("使っていません")
    await held.press("使う")
    await held.sees("だれも見ないうちに市民へ届きます")
    assert await violations(held.page) == []
    await held.press("使う")
    await held.sees("使っています")
    await held.press("この決まりをやめる")
    await held.sees("自動で送る決まりはありません。")
    await expect(held.page.get_by_role("heading", name="自動で送る決まり")).to_be_visible()
