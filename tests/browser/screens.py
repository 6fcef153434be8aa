"""Every screen there is, the way to it, and what is on it when it is ready."""

from dataclasses import dataclass

from tests.browser.autumn import CLEANING, CLEANING_TEXT, Autumn
from tests.browser.handset import Handset


@dataclass
class Screen:
    name: str
    path: str
    ready: str
    """Words that appear last."""


def of_a_stranger() -> list[Screen]:
    return [Screen("enrol", "/enrol", "登録するとこうなります"), Screen("privacy", "/privacy", "しないこと")]


def of_a_resident(autumn: Autumn) -> list[Screen]:
    return [
        Screen("list", "/", "敬老の集いのお礼"),
        Screen("notice", f"/n/{autumn.cleaning}", "集合場所.png"),
        Screen("settings", "/settings", "届いたときの知らせ"),
        Screen("privacy", "/privacy", "しないこと"),
        Screen("family", "/family", "番号をもらった方"),
        Screen("looks", "/looks", "名簿を持っている人"),
        Screen("ask", "/ask", "送っていないものはありません"),
        Screen("carry", "/carry", "預かっているものはありません"),
    ]


def of_an_officer(autumn: Autumn) -> list[Screen]:
    return [
        Screen("write", "/write", "たしかめる"),
        Screen("sent", "/sent", "敬老の集いのお礼"),
        Screen("sent-one", f"/sent/{autumn.cleaning}", "17世帯に届けます"),
        Screen("report", f"/sent/{autumn.cleaning}/report", "送りました"),
        Screen("correct", f"/correct/{autumn.cleaning}", "直したことを知らせますか"),
        Screen("reaches", "/reach", "世帯が読みました"),
        Screen("reach", f"/reach/{autumn.cleaning}", "班ごと"),
        Screen("walk", f"/walk/{autumn.cleaning}", "回る班"),
        Screen("sheet", f"/sheet/{autumn.cleaning}", "紙をつくる"),
        Screen("back", "/back", "印刷した紙は、まだありません。"),
        Screen("people", "/people", "世帯が登録"),
        Screen("move-in", "/people/new", "もう一人ふやす"),
        Screen("changes", "/people/changes", "変わったことはありません"),
        Screen("unreachable", "/people/unreachable", "連絡のつかないお宅は"),
        Screen("handover", "/handover", "役職と次の方"),
        Screen("find", "/find", "ことばか年度を選ぶと"),
        Screen("recovery-sheet", "/handover/sheet", "もしものときの紙"),
        Screen("slips", "/slips", "だれの紙をつくりますか"),
    ]


async def show(held: Handset, screen: Screen) -> None:
    await held.open(screen.path)
    await held.sees(screen.ready)


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
    await officer.page.locator("summary").filter(has_text="転入・引き継ぎ").click()


async def open_a_block(president: Handset) -> None:
    await president.open("/people")
    await president.page.locator("summary").filter(has_text="二班").click()
    await president.sees("高橋")
