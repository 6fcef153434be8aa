"""Words are found however they were written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from notices.finding.folding import fold, of, terms
from server.migrate import upgrade

ALIKE = [
    ("ゴミ", "ごみ"),
    ("ｺﾞﾐ収集", "ごみ収集"),
    ("ＡＥＤ講習", "aed講習"),
    ("ラジオ体操", "らじお体操"),
    ("側溝の\n　点検", "側溝の点検"),
    ("１１月２９日（日）", "11月29日(日)"),
    ("ヴァイオリン", "ゔぁいおりん"),
    ("㈱さくら", "(株)さくら"),
    ("か\u3099っこう", "がっこう"),
]
"""Written one way, and what both ways come to; the phone is asked the same in tests/browser/test_finding.py."""


@pytest.mark.parametrize(("written", "folded"), ALIKE)
def test_two_ways_of_writing_are_one(written: str, folded: str) -> None:
    assert fold(written) == folded
    assert fold(folded) == folded, "folding once is enough"


def test_words_are_what_blanks_separate_and_each_stands_once() -> None:
    assert terms("　ゴミ　収集 ごみ\t") == ["ごみ", "収集"]
    assert terms(" 　 ") == []


def test_the_end_of_a_title_and_the_begin_of_the_text_make_no_word() -> None:
    assert "清掃" not in of("秋の清", "掃除をします")


def test_notices_from_before_are_found_after_the_migration(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    url = f"sqlite+aiosqlite:///{file}"
    upgrade(url, "0010")
    with closing(sqlite3.connect(file)) as database, database:
        needed = [
            row[1] for row in database.execute("PRAGMA table_info(notice)") if row[3] and row[4] is None
        ]
        texts = {
            "tenant": "hana",
            "title": "ゴミの日",
            "body": "水曜\nです",
            "state": "draft",
            "kind": "notice",
        }
        texts |= {"created_at": "2026-11-20 00:00:00.000000"}
        for number in range(501):
            row = {name: texts.get(name, "{}") for name in needed} | {"id": number.to_bytes(16)}
            marks = ", ".join("?" * len(row))
            database.execute(f"INSERT INTO notice ({', '.join(row)}) VALUES ({marks})", [*row.values()])
    upgrade(url)
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT DISTINCT words FROM notice").fetchall() == [("ごみの日\n水曜です",)]
