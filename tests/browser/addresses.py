"""Every address of the router, by whose phone it is opened on, and the words that appear last there."""

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


def of_strangers() -> list[Address]:
    return [Address("/enrol", "登録するとこうなります"), Address("/privacy", "しないこと")]


def of_residents(known: Known) -> list[Address]:
    return [
        Address("/", "敬老の集いのお礼"),
        Address(f"/n/{known.cleaning}", "集合場所.png"),
        Address(f"/n/{known.survey}", "この内容で回答する"),
        Address(f"/n/{known.check}", "ご無事ですか。1つ押してください。"),
        Address(f"/n/{known.alarm}", "【緊急】"),
        Address(f"/n/{known.drill}", "これは訓練です。"),
        Address("/settings", "届いたときの知らせ"),
        Address("/family", "番号をもらった方"),
        Address("/looks", "名簿を持っている人"),
        Address("/ask", "送っていないものはありません"),
        Address("/carry", "預かっているものはありません"),
    ]


def of_leaders(known: Known) -> list[Address]:
    return [
        Address(f"/reach/{known.cleaning}", "まだの家"),
        Address(f"/walk/{known.cleaning}", "（回る順）"),
        Address(f"/safety/{known.check}", "（回る順）"),
        Address(f"/back/{known.cleaning}", "紙の番号"),
    ]


def of_officers(known: Known) -> list[Address]:
    return [
        *_what_is_sent(known),
        *_where_it_has_come(known),
        *_people(known),
        *_emergencies(known),
        Address("/circulars", "ハザードマップ"),
        Address(f"/circulars/{known.citys}", "町内会に回す"),
    ]


def _what_is_sent(known: Known) -> list[Address]:
    return [
        Address("/write", "たしかめる"),
        Address("/sent", "敬老の集いのお礼"),
        Address(f"/sent/{known.cleaning}", "17世帯に届けます"),
        Address(f"/sent/{known.cleaning}/report", "送りました"),
        Address(f"/correct/{known.cleaning}", "直したことを知らせますか"),
        Address("/find", "ことばか年度を選ぶと"),
        Address(f"/forms/{known.survey}", "清掃はいつがよいですか"),
        Address(f"/forms/{known.survey}/enter", "紙や電話で聞いた回答を"),
    ]


def _where_it_has_come(known: Known) -> list[Address]:
    return [
        Address("/reach", "世帯が読みました"),
        Address(f"/reach/{known.cleaning}", "班ごと"),
        Address(f"/walk/{known.cleaning}", "回る班"),
        Address(f"/walk/{known.cleaning}/{known.block}", "（回る順）"),
        Address(f"/sheet/{known.cleaning}", "紙をつくる"),
        Address("/back", "印刷した紙は、まだありません。"),
    ]


def _people(known: Known) -> list[Address]:
    home = f"/people/home/{known.home}"
    return [
        Address(f"{home}/join", "この世帯に入る方を書いてください"),
        Address("/people", "世帯が登録"),
        Address("/people/new", "もう一人ふやす"),
        Address(f"/people/new/{known.home}", "この転入の知らせは、もうあり"),
        Address("/people/changes", "変わったことはありません"),
        Address("/people/unreachable", "連絡のつかないお宅は"),
        Address(home, "登録の紙を出し直す"),
        *(Address(f"{home}/{deed}", "たしかめる") for deed in DEEDS),
        Address(f"/family/paper/{known.home}", "記録する"),
        Address("/handover", "役職と次の方"),
        Address("/handover/sheet", "もしものときの紙"),
        Address("/slips", "だれの紙をつくりますか"),
    ]


DEEDS: Final = ("out", "move", "split", "merge", "death", "street")


def _emergencies(known: Known) -> list[Address]:
    return [
        Address("/alarm", "安否確認を送る"),
        Address(f"/alarm/{known.alarm}", "続報を出す"),
        Address(f"/alarm/{known.alarm}/update", "緊急で送る"),
        Address(f"/alarm/{known.alarm}/all-clear", "送る"),
        Address("/alarm/safety", "安否を知らせてください"),
        Address(f"/alarm/safety/{known.check}", "安否の一覧を見る"),
        Address(f"/safety/{known.check}", "班を選ぶと"),
        Address(f"/safety/{known.check}/{known.block}", "（回る順）"),
        Address("/exercise", "訓練"),
        Address(f"/exercise/{known.drill}", "続報"),
        Address(f"/exercise/{known.drill}/update", "送る"),
        Address(f"/exercise/{known.drill}/all-clear", "送る"),
    ]


def of_clerks(known: Known) -> list[Address]:
    return [
        Address("/city", "ハザードマップ"),
        Address("/city/write", "送る前にたしかめる"),
        Address("/city/find", "ことばか年度を選ぶと"),
        Address("/city/reach", "前の月"),
        Address(f"/city/{known.citys}", "さくら町内会"),
        Address(f"/city/{known.citys}/correct", "直す承認をたのむ"),
        Address(f"/city/{known.draft}/write", "送る前にたしかめる"),
        Address("/alerts", "大雨特別警報（"),
        Address("/lanes", "送り先"),
        Address("/orphans", "ほかの町内会も見る"),
        Address(f"/orphans/{known.association}", "山田 花子"),
        Address("/approvals", "市内いっせい清掃のお願い"),
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
