"""A clerk's table of one circular as a spreadsheet: a line per association, and a last one that adds up. No person is named."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from notices.circulation.records import GRADES
from notices.ledger.reach_csv import GRADE_WORDS, Csv, time, written

STATE_WORDS: Final[Mapping[str, str]] = {
    "received": "まだ",
    "forwarded": "回した",
    "declined": "対象外",
}
"""As the page says them."""
_HEADERS: Final = (
    "地区",
    "町内会",
    "状態",
    "決めた日時",
    "回さないわけ",
    "世帯数",
    *(GRADE_WORDS[each] for each in GRADES),
)


def made(rows: Sequence[Mapping[str, Any]], encoding: str) -> Csv:
    """`rows`: of overview.py. Raises ChoiceUnknown."""
    table = [_line(row) for row in rows]
    sums = [sum(row["grades"][grade] for row in rows) for grade in GRADES]
    total = ("", "合計", "", "", "", sum(row["households"] for row in rows), *sums)
    return written(_HEADERS, iter([*table, total]), encoding)


def _line(row: Mapping[str, Any]) -> Sequence[object]:
    decided = time(row["decidedAt"])
    counts = [row["grades"][grade] for grade in GRADES]
    return (
        row["district"] or "",
        row["name"],
        STATE_WORDS[row["state"]],
        decided,
        row["reason"] or "",
        row["households"],
        *counts,
    )
