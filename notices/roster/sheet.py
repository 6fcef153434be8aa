"""PURE: a roster as the CSV that officers keep in a spreadsheet, in and out.

One row per person; a household's columns repeat or stay empty on its further rows; a household without people is
a row without 氏名; a further seat of a person is a further row. UTF-8 or CP932, read as whichever it is.
What is written is read back as the same roster. Every problem is reported with its row; an error anywhere means
that the caller applies nothing.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Final

from notices.roster import cells
from notices.roster.assembly import Assembly
from notices.roster.rows import HouseholdRow, Parsed, PersonRow, Problem, SeatRow, same
from notices.roster.titles import write_title
from notices.town.people_errors import RosterNotInCp932

LARGEST: Final = 10 * 1024 * 1024
MOST_ROWS: Final = 20_000
HEADERS: Final = {
    "block": "班",
    "walk": "巡回順",
    "household": "世帯番号",
    "householdName": "世帯名",
    "street": "住所",
    "paper": "紙",
    "number": "住民番号",
    "name": "氏名",
    "kana": "ふりがな",
    "born": "生年",
    "phone": "電話",
    "mail": "メール",
    "title": "役職",
    "begins": "任期開始",
    "until": "任期終了",
}
_ALSO: Final = {
    "block": "班名 組 組名 隣組",
    "walk": "順番 順路 回覧順",
    "household": "世帯No 世帯コード householdNumber",
    "householdName": "世帯主 世帯主名",
    "street": "番地 address",
    "paper": "紙配布 紙希望",
    "number": "個人番号 personNumber",
    "name": "名前 お名前 personName",
    "kana": "フリガナ カナ かな",
    "born": "生まれ年 生年月日 birthYear",
    "phone": "電話番号 TEL",
    "mail": "メールアドレス Eメール email",
    "title": "役 役職名 seat",
    "begins": "任期始 就任日 from",
    "until": "任期終 任期満了 ends",
}
_FIELDS: Final = {
    same(word): field for field in HEADERS for word in [field, HEADERS[field], *_ALSO[field].split()]
}
_NO_HEADER: Final = (
    "1行目に見出しがありません。名簿のファイルか、文字コードがUTF-8かShift_JISか確かめてください。"
    f"使える列: {'、'.join(HEADERS.values())}"
)
_REQUIRED: Final = ("block", "household", "householdName", "name")


class _Refused(Exception):
    """The file cannot be read further; its argument is the problem."""


def parse(data: bytes, today: date) -> Parsed:
    """`today` (in Tokyo) decides which years and terms are possible."""
    assembly = Assembly(today, HEADERS)
    columns: Sequence[str | None] = ()
    try:
        records = _records(_decoded(data))
        columns = _columns(next(records, (1, []))[1])
        _read_rows(records, columns, assembly)
    except _Refused as refused:
        assembly.problems.append(refused.args[0])
    return assembly.finished(frozenset(column for column in columns if column))


def _read_rows(
    records: Iterator[tuple[int, list[str]]], columns: Sequence[str | None], assembly: Assembly
) -> None:
    for row, record in records:
        if not any(cell.strip() for cell in record):
            continue
        if assembly.rows == MOST_ROWS:
            raise _Refused(
                Problem(row, "error", f"{MOST_ROWS:,}行を超えています。町内会ごとに分けてください。")
            )
        assembly.rows += 1
        if len(record) < len(columns) or any(cell.strip() for cell in record[len(columns) :]):
            assembly.error(row, f"列の数が見出しと合いません（見出し{len(columns)}、この行{len(record)}）。")
            continue
        assembly.add(row, {field: cell for field, cell in zip(columns, record, strict=False) if field})
    if not assembly.rows:
        raise _Refused(Problem(0, "error", "見出しの下に行がありません。名簿のファイルか確かめてください。"))


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST:
        raise _Refused(
            Problem(0, "error", "ファイルが10MBを超えています。名簿のファイルか確かめてください。")
        )
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _Refused(
        Problem(
            0,
            "error",
            "文字コードが分かりません。表計算ソフトで「CSV UTF-8」を選んで保存しなおしてください。",
        )
    )


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """(row, cells), counted as a spreadsheet counts them."""
    first = text.partition("\n")[0]
    delimiter = "\t" if "\t" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    row = 0
    while True:
        row += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _Refused(
                Problem(row, "error", 'この行は読めません。引用符（"）が閉じているか確かめてください。')
            ) from None
        yield row, record


def _columns(header: Sequence[str]) -> list[str | None]:
    """The field of each column; None for one without a heading. Raises _Refused at the first that is wrong."""
    columns = [_FIELDS.get(same(heading)) for heading in header]
    if not any(columns):
        raise _Refused(Problem(1, "error", _NO_HEADER))
    unknown = [
        heading.strip()
        for heading, field in zip(header, columns, strict=True)
        if heading.strip() and not field
    ]
    if unknown:
        raise _Refused(Problem(1, "error", _unknown(unknown)))
    while columns and columns[-1] is None:
        columns.pop()
    named = [field for field in columns if field]
    if twice := [HEADERS[field] for field in dict.fromkeys(named) if named.count(field) > 1]:
        raise _Refused(Problem(1, "error", f"列「{'」「'.join(twice)}」が二つあります。一つにしてください。"))
    if missing := [HEADERS[field] for field in _REQUIRED if field not in named]:
        raise _Refused(
            Problem(1, "error", f"列「{'」「'.join(missing)}」がありません。見出しの行を確かめてください。")
        )
    return columns


def _unknown(headings: Sequence[str]) -> str:
    sentences = []
    for heading in headings:
        near = get_close_matches(same(heading), _FIELDS, n=1, cutoff=0.4)
        hint = f"「{HEADERS[_FIELDS[near[0]]]}」のことですか。" if near else ""
        sentences.append(f"列「{heading[:40]}」は分かりません。{hint}")
    return "".join(sentences) + f"使える列: {'、'.join(HEADERS.values())}"


def format(households: Sequence[HouseholdRow], encoding: str = "utf-8") -> bytes:
    """`encoding`: "utf-8" (with the mark Excel needs) or "cp932". Raises RosterNotInCp932."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADERS.values())
    for household in households:
        for record in _written(household):
            writer.writerow(cells.defused(record.get(field, "")) for field in HEADERS)
    if encoding == "cp932":
        return _in_cp932(out.getvalue())
    return out.getvalue().encode("utf-8-sig")


def _written(household: HouseholdRow) -> Iterator[Mapping[str, str]]:
    home = {
        "block": household.block,
        "walk": str(household.walk),
        "household": household.number,
        "householdName": household.name,
        "street": household.street,
        "paper": "○" if household.paper else "",
    }
    if not household.people:
        yield home
    for person in household.people:
        for seat in person.seats or [None]:
            yield home | _person(person) | _seat(seat)


def _person(person: PersonRow) -> dict[str, str]:
    return {
        "number": person.number,
        "name": person.name,
        "kana": person.kana,
        "born": str(person.born or ""),
        "phone": person.phone,
        "mail": person.mail,
    }


def _seat(seat: SeatRow | None) -> dict[str, str]:
    if seat is None:
        return {}
    begins, until = (day.isoformat() if day else "" for day in (seat.begins, seat.until))
    return {"title": write_title(seat), "begins": begins, "until": until}


def _in_cp932(text: str) -> bytes:
    """Strict in both directions: Python turns 〜 into ～ without a word, and the next import would see a change."""
    unknown = sorted(char for char in set(text) if not _survives_cp932(char))
    if unknown:
        raise RosterNotInCp932(characters="".join(unknown[:20]))
    return text.encode("cp932")


def _survives_cp932(char: str) -> bool:
    try:
        return char.encode("cp932").decode("cp932") == char
    except UnicodeEncodeError:
        return False
