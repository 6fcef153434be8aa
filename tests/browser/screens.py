"""Steps that several tests take on the way to what they are about."""

from tests.browser.autumn import CLEANING, CLEANING_TEXT
from tests.browser.handset import Handset


async def begin_to_write(president: Handset) -> None:
    await president.open("/write")
    await president.page.get_by_label("題").fill(CLEANING)
    await president.page.get_by_label("本文").fill(CLEANING_TEXT)
    await president.page.get_by_label("題").focus()


async def check(president: Handset) -> None:
    await begin_to_write(president)
    await president.press("たしかめる")
    await president.sees("時点の見込みです")


async def make_slips(president: Handset) -> None:
    await president.open("/slips")
    await president.page.get_by_label("二班").check()
    await president.press("紙をつくる")
    await president.sees("人分の紙ができました")


async def open_menu(officer: Handset) -> None:
    """Of the list of homes: what else there is to do."""
    await officer.page.locator("summary").filter(has_text="転入・引き継ぎ").tap()


async def open_a_block(president: Handset) -> None:
    await president.open("/people")
    await president.page.locator("summary").filter(has_text="二班").tap()
    await president.sees("高橋")
