"""PURE: 役職 as associations write it, and the role (the rights) each title stands for.

A cell reads `title`, `title（role）` where we do not know the title, `title：block` for the leader of a block other
than the household's own. An unknown title is never given rights by guess: the error says how to add the role.
"""

import re
from typing import Final

from notices.roster.rows import SeatRow, same

WORDS: Final = {"president": "会長", "officer": "役員", "block-leader": "班長", "helper": "ヘルパー"}
_TITLES: Final = {
    "president": "会長 町内会長 自治会長 町会長 区長",
    "officer": "役員 副会長 会計 副会計 書記 総務 監事 監査 会計監査 理事 広報",
    "block-leader": "班長 組長 隣組長 blockleader leader",
    "helper": "ヘルパー ICTサポーター デジタルサポーター サポーター",
}
_ROLES: Final = {same(title): role for role, titles in _TITLES.items() for title in [role, *titles.split()]}
_IN_BRACKETS: Final = re.compile(r"(.+)[（(]([^（()）]+)[）)]")
LENGTH: Final = 40


class TitleUnknown(ValueError):
    """Its argument is the sentence for the officer."""


def read_title(cell: str) -> SeatRow:
    """→ a seat without dates. Raises TitleUnknown."""
    title, _, block = (part.strip() for part in cell.replace(":", "：").partition("："))
    role = _ROLES.get(same(title))
    bracketed = _IN_BRACKETS.fullmatch(title)
    if bracketed and (named := _ROLES.get(same(bracketed[2]))):
        title, role = bracketed[1].strip(), named
    if role is None and same(title).endswith("部長"):
        role = "officer"
    if role is None:
        raise TitleUnknown(
            f"役職「{title}」でできることが分かりません。「{title}（役員）」のように、"
            "会長・役員・班長・ヘルパーのどれかを添えてください。"
        )
    if len(title) > LENGTH:
        raise TitleUnknown(f"役職が長すぎます（{LENGTH}文字まで）。")
    if block and role != "block-leader":
        raise TitleUnknown(f"役職「{cell}」: 「：」のあとに班を書けるのは班長だけです。")
    return SeatRow(title=title, role=role, block=block or None)


def write_title(seat: SeatRow) -> str:
    """The shortest cell that is read as this seat again."""
    plain = SeatRow(title=seat.title, role=seat.role, block=seat.block)
    behind = f"：{seat.block}" if seat.block else ""
    short = seat.title + behind
    return short if _reads_as(short, plain) else f"{seat.title}（{WORDS[seat.role]}）{behind}"


def _reads_as(cell: str, seat: SeatRow) -> bool:
    try:
        return read_title(cell) == seat
    except TitleUnknown:
        return False
