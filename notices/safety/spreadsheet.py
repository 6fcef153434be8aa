"""A safety check as a spreadsheet: a line per person asked, who needs help first; a home without people has a line too."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from notices.ledger import reach_csv
from notices.ledger.reach_csv import Csv
from notices.safety.homes_said import Door
from notices.safety.standing_of import COLUMN, COLUMNS
from notices.tokyo import wire

WORDS: Final[Mapping[str, str]] = {
    "needHelp": "助けが必要",
    "missing": "まだ分かりません",
    "atShelter": "避難所にいます",
    "safe": "無事",
}
_HOWS: Final[Mapping[str, str]] = {"app": "本人・家族", "proxy": "代理", "visit": "訪問"}
_HEADERS: Final = (
    *("班", "巡回順", "世帯名", "世帯の状態", "氏名", "状態", "場所", "ひとこと"),
    *("答えた人", "答えかた", "日時", "締切後", "留守"),
)


def made(doors: Sequence[Door], encoding: str) -> Csv:
    """Raises ChoiceUnknown."""
    ordered = sorted(doors, key=lambda door: COLUMNS.index(door.home.column))
    return reach_csv.written(_HEADERS, (line for door in ordered for line in _lines(door)), encoding)


def _lines(door: Door) -> Iterator[Sequence[object]]:
    row, whole = door.row, door.said.get(door.row.household)
    head = (row.block_name, row.walk, row.name + _now(door), WORDS[door.home.column])
    away = reach_csv.time(wire(row.not_home_at))
    for person, name in door.names.items():
        answer = door.home.decisive.get(person)
        said = door.said.get(answer.subject) if answer else None
        column = door.home.people.get(person, "") if answer is None else COLUMN[answer.state]
        yield (*head, name, WORDS.get(column, ""), *_said(said), away)
    if not door.names:
        yield (*head, "", WORDS[door.home.column], *_said(whole), away)


def _now(door: Door) -> str:
    if door.lives_in is not None:
        return f"（いまは「{door.lives_in['name']}」の世帯）"
    return "（転出）" if door.gone else ""


def _said(said: Mapping[str, Any] | None) -> Sequence[object]:
    if said is None:
        return ("", "", "", "", "", "")
    late = "○" if said["late"] else ""
    by = said["by"]["name"]
    return (said["place"], said["note"], by, _HOWS[said["how"]], reach_csv.time(said["at"]), late)
