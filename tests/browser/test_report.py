"""What became of a notice, for the officer who sent it: per channel, in words, with the reason and the homes to help."""

import re
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import update

from notices.channels import Mail, Outgoing
from notices.channels.memory import MemoryChannel
from notices.ledger.reasons import REASONS
from notices.models import Address
from notices.outcomes import Gone, Later, Outcome, Sent
from tests.browser.access import violations
from tests.browser.conftest import TakeUp
from tests.browser.pictures import album, take
from tests.browser.screens import begin_to_write
from tests.browser.site import Site
from tests.browser.test_approvals import CLERK, with_passkey
from tests.journeys import alarms, circulars
from tests.town import TENANT

pytestmark = pytest.mark.browser


def answers(message: Outgoing) -> Outcome:
    assert isinstance(message, Mail)
    if message.to.address.startswith("sachi"):
        return Gone(550, "mailbox-unknown")
    if message.to.address.startswith("keiko"):
        return Later(452, "mailbox-busy")
    return Sent(250)


@pytest.fixture
def mail(here: Site) -> MemoryChannel:
    channel = here.town.house.channels["mail"]
    assert isinstance(channel, MemoryChannel)
    return channel


async def test_an_officer_sees_per_channel_what_left_and_whom_it_did_not_reach(
    here: Site, take_up: TakeUp, mail: MemoryChannel, tmp_path: Path
) -> None:
    mail.answer = answers
    president = await take_up("山田 花子")
    await begin_to_write(president)
    await president.press("たしかめる")
    await president.press("会に出す")
    await president.sees("に出しました。")
    await president.press("送った結果")
    await president.sees("届かなかった家　1軒")
    await take(president.page, album(tmp_path) / "report.png")
    bar = president.page.get_by_role("img", name=re.compile("12通のうち、"))
    await expect(bar).to_have_accessible_name(
        "12通のうち、送りました10通、これから送ります1通、届きませんでした1通"
    )
    await president.sees(f"届きませんでした：{REASONS['mailbox-unknown']}（1通）")
    await president.sees(f"これから送ります：{REASONS['mailbox-busy']}（1通）")
    await expect(president.page.locator(".rows li")).to_contain_text("伊藤")
    await president.lose_signal()
    await president.page.reload()
    await president.sees("届かなかった家　1軒")


async def test_a_plan_that_would_reach_nobody_asks_and_goes_on_when_told(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    phone = await here.town.phone("高橋 健")
    await here.town.post(phone, deadline=here.soon())
    async with here.town.house.db.write() as session:
        await session.execute(
            update(Address).where(Address.tenant == TENANT).values(state="off", reason="stopped")
        )
    await begin_to_write(president)
    await president.press("たしかめる")
    await president.press("会に出す")
    await president.sees("送るのを止めて、お返事を待っています。")
    await president.sees(REASONS["nobody"])
    await president.open("/sent")
    await expect(president.page.locator(".card .chip")).to_have_text("送るのを止めて、お返事を待っています。")
    await president.open("/")
    await president.press("見て、返事をする")
    await president.sees(REASONS["nobody"])
    await president.press("確かめたので、このまま送る")
    await president.sees("に出しました。")
    await president.does_not_see("送るのを止めて")
    await president.press("送った結果")
    await president.sees("スマホやメールで送ったものは、まだありません。")


@pytest.mark.parametrize("here", [{"host": "localhost"}], indirect=True)
async def test_an_alarm_of_the_city_that_stopped_goes_on_when_its_clerk_says_so(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    clerk = await with_passkey(here, take_up, CLERK, "clerk")
    writing = await circulars.clerk(here.town, "市川 民子")
    await alarms.send(here.town, writing, title="一つ目")
    await here.town.work()
    async with here.town.house.db.write() as session:
        await session.execute(update(Address).where(Address.tenant == TENANT).values(state="gone"))
    alarm = await alarms.send(here.town, writing, title="避難指示：川ぞい")
    await clerk.open("/")
    await clerk.sees("送るのを止めて、お返事を待っています。")
    await take(clerk.page, album(tmp_path) / "city-stopped.png")
    await clerk.press("見て、返事をする")
    await clerk.sees(REASONS["nobody"])
    await clerk.press("確かめたので、このまま送る")
    await clerk.does_not_see("送るのを止めて")
    # The way back leads to the city's page of it, not to the officers' list.
    await clerk.page.locator("a.back").tap()
    await expect(clerk.page).to_have_url(f"{here.origin}/alarm/{alarm['id']}")
    await clerk.press("送った結果")
    await clerk.sees("スマホやメールで送ったものは、まだありません。")
    await clerk.page.locator("a.back").tap()
    await expect(clerk.page).to_have_url(f"{here.origin}/alarm/{alarm['id']}")
    await clerk.sees("避難指示：川ぞい")
    await clerk.open("/alarm")
    await clerk.press("一つ目")
    await clerk.press("送った結果")
    await expect(clerk.page.get_by_role("img", name=re.compile("通のうち、送りました"))).to_be_visible()
    assert await violations(clerk.page) == []
    await take(clerk.page, album(tmp_path) / "city-report.png")
