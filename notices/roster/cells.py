"""PURE: one cell of a roster file, in and out: what a person typed, made into a value or into a sentence.

Text is kept as it was written (decomposed が, half-width kana, 𠮷); only numbers, dates and mail addresses are
read without regard to width.
"""

import re
import unicodedata
from datetime import date
from typing import Final

from notices.town import mail_address
from notices.town.address_errors import HeaderTextRefused, MailAddressRefused
from notices.wording.headers import checked_text

LENGTH: Final = 200
_BLANKS: Final = " \t\r\n\u3000\u00a0"
_PLACEHOLDERS: Final = frozenset("-－ー―—–−")
_FORMULA: Final = re.compile(r"[=+\-@＝＋－＠]")
_DEFUSED: Final = re.compile(r"'+[=+\-@＝＋－＠]")
_PHONE: Final = re.compile(r"\+?[0-9()\- .]{4,30}")
_PRIVATE: Final = re.compile("[\ue000-\uf8ff]")
_YES: Final = frozenset(
    {"紙", "○", "〇", "◯", "◎", "✓", "✔", "要", "有", "あり", "はい", "1", "yes", "y", "true"}
)
_NO: Final = frozenset({"", "×", "✕", "不要", "無", "なし", "いいえ", "0", "no", "n", "false"})
_ERAS: Final = {
    era: (before, years)
    for eras, before, years in [
        ("明治 M", 1867, 45),
        ("大正 T", 1911, 15),
        ("昭和 S", 1925, 64),
        ("平成 H", 1988, 31),
        ("令和 R", 2018, 99),
    ]
    for era in eras.split()
}
_DATE: Final = re.compile(
    r"(?:(?P<era>明治|大正|昭和|平成|令和|[MTSHR])\.?(?P<of>元|\d{1,2})|(?P<year>\d{4}))"
    r"(?:年|[./-](?=\d))?(?:(?P<month>\d{1,2})[月./-](?P<day>\d{1,2})日?)?(?:0?0:00(?::00)?)?"
)


class CellWrong(ValueError):
    """Its argument is the sentence for the officer."""


def cleaned(raw: str) -> str:
    """The cell without blanks around it; "" for the dash people put where there is nothing.

    A cell that a spreadsheet would compute is refused, unless it is a telephone number or was defused (`'=…`).
    """
    text = raw.strip(_BLANKS)
    if text in _PLACEHOLDERS:
        return ""
    try:
        checked_text(text)
    except HeaderTextRefused:
        raise CellWrong("改行や、見えない制御文字、文字の向きを変える記号があります。") from None
    if len(text) > LENGTH:
        raise CellWrong(f"{len(text)}文字あります。{LENGTH}文字までにしてください。")
    if _DEFUSED.match(text):
        return text[1:]
    if _FORMULA.match(text) and not _PHONE.fullmatch(narrow(text)):
        raise CellWrong(f"「{text[0]}」で始まる式のような値です。先頭の記号を消してください。")
    return text


def defused(text: str) -> str:
    """What a spreadsheet shows and does not compute; `cleaned` reads it back as it was."""
    return f"'{text}" if _FORMULA.match(text) or _DEFUSED.match(text) else text


def narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def has_private_characters(text: str) -> bool:
    """外字: characters an office drew for itself, which no phone can show."""
    return _PRIVATE.search(text) is not None


def looks_like_phone(text: str) -> bool:
    return _PHONE.fullmatch(narrow(text)) is not None


def paper(text: str) -> bool:
    word = narrow(text).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellWrong(f"「{text}」が分かりません。紙で配る世帯は「○」、そうでなければ空けてください。")


def walk(text: str) -> int:
    digits = narrow(text)
    if not digits.isdecimal() or not 1 <= int(digits[:6]) <= 9999:
        raise CellWrong(f"「{text}」は順番になりません。1から9999までの数字にしてください。")
    return int(digits)


def mail(text: str) -> str:
    try:
        return mail_address.checked(narrow(text))
    except MailAddressRefused:
        raise CellWrong(f"「{text}」はメールアドレスの形になっていません。") from None


def year(text: str, today: date) -> int:
    """The year of a year or of a whole date, 令和 and the eras before it too."""
    found = _DATE.fullmatch("".join(narrow(text).split()))
    born = _year_of(found) if found else None
    if born is None or not 1880 <= born <= today.year:
        raise CellWrong(f"「{text}」は年になりません。「1950」か「昭和25年」のように書いてください。")
    return born


def day(text: str) -> date:
    found = _DATE.fullmatch("".join(narrow(text).split()))
    year = _year_of(found) if found else None
    if not found or not found["day"] or year is None or not 1900 <= year <= 2200:
        raise CellWrong(
            f"「{text}」は日付になりません。「2026-04-01」か「令和8年4月1日」のように書いてください。"
        )
    try:
        return date(year, int(found["month"]), int(found["day"]))
    except ValueError:
        raise CellWrong(f"「{text}」は暦にない日です。") from None


def _year_of(found: re.Match[str]) -> int | None:
    if found["year"]:
        return int(found["year"])
    before, years = _ERAS[found["era"]]
    of = 1 if found["of"] == "元" else int(found["of"])
    return before + of if 1 <= of <= years else None
