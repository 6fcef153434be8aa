"""Every address of the router, by whose phone it is opened on, and what appears there: what can be seen first (how soon is
measured by tests/bench/paint.py), and the words that come last."""

from dataclasses import dataclass
from typing import Final

from tests.browser.whole_town import Known

PRESIDENT: Final = "山田 花子"
RESIDENT: Final = "伊藤 さち"
LEADER: Final = "田中 実"
CLERK: Final = "市役所 太郎"


@dataclass(frozen=True)
class Address:
    path: str
    ready: str
    """Words that appear last."""
    row: str
    """Selects the first of what the screen is for, or what says that there is nothing."""


def of_strangers() -> list[Address]:
    return [
        Address("/enrol", "登録するとこうなります", "form, section, .empty"),
        Address("/privacy", "しないこと", "h2"),
    ]


def of_residents(known: Known) -> list[Address]:
    return [
        Address("/", "敬老の集いのお礼", "ul.cards .card"),
        Address(f"/n/{known.cleaning}", "集合場所.png", ".text"),
        Address(f"/n/{known.survey}", "この内容で回答する", ".text"),
        Address(f"/n/{known.check}", "ご無事ですか。1つ押してください。", ".text"),
        Address(f"/n/{known.alarm}", "【緊急】", ".text"),
        Address(f"/n/{known.drill}", "これは訓練です。", ".text"),
        Address("/settings", "届いたときの知らせ", "section h2"),
        Address("/family", "番号をもらった方", "h2, .empty"),
        Address("/looks", "名簿を持っている人", "ol.rows li, .empty"),
        Address("/ask", "送っていないものはありません", ".empty, svg, p"),
        Address("/carry", "預かっているものはありません", "button, .btn"),
    ]


def of_leaders(known: Known) -> list[Address]:
    return [
        Address(f"/reach/{known.cleaning}", "まだの家", ".bar, h2"),
        Address(f"/walk/{known.cleaning}", "（回る順）", "li, .field"),
        Address(f"/safety/{known.check}", "（回る順）", "li, .field, .empty, .problem"),
        Address(f"/back/{known.cleaning}", "紙の番号", "form"),
    ]


def of_officers(known: Known) -> list[Address]:
    return [
        *_what_is_sent(known),
        *_where_it_has_come(known),
        *_people(known),
        *_emergencies(known),
        Address("/circulars", "ハザードマップ", "ul.cards .card"),
        Address(f"/circulars/{known.citys}", "町内会に回す", ".text"),
    ]


def _what_is_sent(known: Known) -> list[Address]:
    return [
        Address("/write", "たしかめる", "form input"),
        Address("/sent", "敬老の集いのお礼", "ul li"),
        Address(f"/sent/{known.cleaning}", "17世帯に届けます", "h2"),
        Address(f"/sent/{known.cleaning}/report", "送りました", "h2"),
        Address(f"/correct/{known.cleaning}", "直したことを知らせますか", "form input"),
        Address("/find", "ことばか年度を選ぶと", "form input"),
        Address(f"/forms/{known.survey}", "清掃はいつがよいですか", "h2, .empty, .problem"),
        Address(f"/forms/{known.survey}/enter", "紙や電話で聞いた回答を", "select, .empty, .problem"),
    ]


def _where_it_has_come(known: Known) -> list[Address]:
    return [
        Address("/reach", "世帯が読みました", "ul li"),
        Address(f"/reach/{known.cleaning}", "班ごと", ".bar, h2"),
        Address(f"/walk/{known.cleaning}", "回る班", "li, .field"),
        Address(f"/walk/{known.cleaning}/{known.block}", "（回る順）", "li"),
        Address(f"/sheet/{known.cleaning}", "紙をつくる", ".btn"),
        Address("/back", "印刷した紙は、まだありません。", "form, .empty"),
    ]


def _people(known: Known) -> list[Address]:
    home = f"/people/home/{known.home}"
    return [
        Address(f"{home}/join", "この世帯に入る方を書いてください", "form"),
        Address("/people", "世帯が登録", "details.block summary"),
        Address("/people/new", "もう一人ふやす", "form input"),
        Address(f"/people/new/{known.home}", "この転入の知らせは、もうあり", ".empty, .problem"),
        Address("/people/changes", "変わったことはありません", "li, .empty"),
        Address("/people/unreachable", "連絡のつかないお宅は", "li, .empty, .problem"),
        Address(home, "登録の紙を出し直す", "li, section, h2"),
        *(Address(f"{home}/{deed}", "たしかめる", "form") for deed in DEEDS),
        Address(f"/family/paper/{known.home}", "記録する", "select, .empty, .problem"),
        Address("/handover", "役職と次の方", "form, .empty, .problem"),
        Address("/handover/sheet", "もしものときの紙", "section, article, h2"),
        Address("/slips", "だれの紙をつくりますか", "fieldset input"),
    ]


DEEDS: Final = ("out", "move", "split", "merge", "death", "street")


def _emergencies(known: Known) -> list[Address]:
    return [
        Address("/alarm", "安否確認を送る", "button, .btn"),
        Address(f"/alarm/{known.alarm}", "続報を出す", "h2"),
        Address(f"/alarm/{known.alarm}/update", "緊急で送る", "input, textarea"),
        Address(f"/alarm/{known.alarm}/all-clear", "送る", "input, textarea"),
        Address("/alarm/safety", "安否を知らせてください", "button"),
        Address(f"/alarm/safety/{known.check}", "安否の一覧を見る", "h2"),
        Address(f"/safety/{known.check}", "班を選ぶと", "li, .field, .empty, .problem"),
        Address(f"/safety/{known.check}/{known.block}", "（回る順）", "li, .empty, .problem"),
        Address("/exercise", "訓練", "button, .btn"),
        Address(f"/exercise/{known.drill}", "続報", "h2"),
        Address(f"/exercise/{known.drill}/update", "送る", "input, textarea"),
        Address(f"/exercise/{known.drill}/all-clear", "送る", "input, textarea"),
    ]


def of_clerks(known: Known) -> list[Address]:
    return [
        Address("/city", "ハザードマップ", "ul.cards .card"),
        Address("/city/write", "送る前にたしかめる", "form input"),
        Address("/city/find", "ことばか年度を選ぶと", "form input"),
        Address("/city/reach", "前の月", "h2"),
        Address(f"/city/{known.citys}", "さくら町内会", "h2"),
        Address(f"/city/{known.citys}/correct", "直す承認をたのむ", "form input"),
        Address(f"/city/{known.draft}/write", "送る前にたしかめる", "form input"),
        Address("/alerts", "大雨特別警報（", "h2, .empty, .problem"),
        Address("/lanes", "送り先", "h2, .empty, .problem"),
        Address("/orphans", "ほかの町内会も見る", "h2, .empty, .problem"),
        Address(f"/orphans/{known.association}", "山田 花子", "h2, .empty, .problem"),
        Address("/approvals", "市内いっせい清掃のお願い", "article"),
    ]


def all_of(known: Known) -> list[tuple[str, list[Address]]]:
    """By name of whose phone it is; "": nobody's yet."""
    return [
        ("", of_strangers()),
        (RESIDENT, of_residents(known)),
        (LEADER, of_leaders(known)),
        (PRESIDENT, of_officers(known)),
        (CLERK, of_clerks(known)),
    ]
