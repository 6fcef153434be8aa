"""The ledger as a spreadsheet: a line per home with who told whom and how, or a line per block that adds up.

No cell is a formula to whoever opens it. Shift_JIS lacks some characters of people's names: each becomes 〓, and the file
says so in its last line.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from notices.errors import ChoiceUnknown
from notices.ledger.reach import GRADES, HOWS, BlockLedger, proofs, total
from notices.ledger.reasons import REASONS
from notices.roster import cells

ENCODINGS: Final = ("utf-8", "cp932")
GRADE_WORDS: Final[Mapping[str, str]] = {
    "noChannel": "連絡手段なし",
    "planned": "これから送ります",
    "handedOver": "送りました",
    "onThePhone": "届いています",
    "stamped": "読みました",
}
HOW_WORDS: Final[Mapping[str, str]] = {"app": "アプリ", "paper": "紙", "told": "伝えた", "answer": "回答"}
_PER_HOME: Final = (
    "班",
    "巡回順",
    "世帯名",
    "紙",
    "到達",
    "方法",
    "押した人・伝えた人",
    "代理",
    "日時",
    "留守",
    "届かないわけ",
)
_PER_BLOCK: Final = ("班", "世帯数", *(GRADE_WORDS[each] for each in GRADES), *HOW_WORDS.values(), "うち代理")
_ALIKE: Final = str.maketrans("〜−‖—¢£¬", "～－∥―￠￡￢")
"""Where Shift_JIS of Windows has the same sign under another number."""
_MISSING: Final = "〓"


@dataclass(frozen=True, slots=True)
class Csv:
    data: bytes
    replaced: Sequence[str]
    """Characters that the encoding does not hold."""


def per_home(lines: Sequence[BlockLedger], rows: Sequence[Mapping[str, Any]], encoding: str) -> Csv:
    """`rows`: of doors.py. Raises ChoiceUnknown."""
    names = {line.block: line.name for line in lines}
    return written(_PER_HOME, (_home(names[row["block"]], row) for row in rows), encoding)


def per_block(lines: Sequence[BlockLedger], encoding: str) -> Csv:
    """With a last line of what they add up to. Raises ChoiceUnknown."""
    table = [_block(line.name, [line]) for line in lines]
    return written(_PER_BLOCK, iter([*table, _block("合計", lines)]), encoding)


def _home(block: str, row: Mapping[str, Any]) -> Sequence[object]:
    return (
        block,
        row["walk"],
        row["name"],
        "○" if row["paper"] else "",
        GRADE_WORDS[row["grade"]],
        HOW_WORDS.get(row["how"] or "", ""),
        row["byName"] or "",
        "○" if row["proxy"] else "",
        time(row["at"]),
        time(row["notHomeAt"]),
        REASONS.get(row["reason"] or "", ""),
    )


def time(at: str | None) -> str:
    """As a spreadsheet reads it, in Tokyo."""
    return at[:16].replace("T", " ") if at else ""


def _block(name: str, lines: Sequence[BlockLedger]) -> Sequence[object]:
    grades, proved = total(lines), proofs(lines)
    hows = [proved["hows"][each] for each in HOWS]
    return (name, sum(grades.values()), *(grades[each] for each in GRADES), *hows, proved["proxies"])


def written(headers: Sequence[str], table: Iterator[Sequence[object]], encoding: str) -> Csv:
    """Any table, its cells defused. Raises ChoiceUnknown."""
    if encoding not in ENCODINGS:
        raise ChoiceUnknown(field="encoding", choices=", ".join(ENCODINGS))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headers)
    for line in table:
        writer.writerow(cells.defused(cell) if isinstance(cell, str) else cell for cell in line)
    if encoding == "utf-8":
        return Csv(out.getvalue().encode("utf-8-sig"), ())
    text = out.getvalue().translate(_ALIKE)
    missing = sorted({char for char in text if not _in_cp932(char)})
    if missing:
        writer.writerow([_said(missing)])
        text = out.getvalue().translate(_ALIKE | {ord(char): _MISSING for char in missing})
    return Csv(text.encode("cp932"), missing)


def _in_cp932(char: str) -> bool:
    try:
        return bool(char.encode("cp932"))
    except UnicodeEncodeError:
        return False


def _said(missing: Sequence[str]) -> str:
    named = "、".join(f"U+{ord(char):04X}" for char in missing)
    return (
        f"※ Shift_JISにない文字（{named}）を{_MISSING}に置きかえました。UTF-8で書き出すと、そのまま出ます。"
    )
