"""What stands first: on every channel a drill is a drill before it is anything else."""

import json
import re
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from notices.gateways.payload import told
from notices.wording.bundle import bundle_of
from notices.wording.letter import heading
from notices.wording.line import LIMIT, line_of, units
from notices.wording.marks import MARKS, STEPS, marked
from notices.wording.payload import PLAINTEXT_LIMIT, push_of
from notices.wording.render import mail_of
from notices.wording.tongues import TONGUES, alarm_in, said_in, tag_of
from notices.wording.words import WORDS, spoken
from tests.notices.letters import NOW, ORIGIN, letter

FIRST = "F" * 21 + "A"
DRILL = {"ja": "【訓練】", "ja-easy": "【訓練】", "en": "[DRILL] ", "zh": "【演练】", "ko": "【훈련】"}


def notification(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(push_of(letter(**changes), origin=ORIGIN).payload)["notification"]
    return found


def mail_text(**changes: Any) -> tuple[str, str]:
    """Subject and plain text."""
    raw = mail_of(letter(**changes), origin=ORIGIN, sender="kairan@example.jp").to(
        "a@example.jp", "m", NOW, None
    )
    mail = message_from_bytes(raw, policy=policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    return str(mail["Subject"]), str(body.get_content())


@pytest.mark.parametrize("lang", TONGUES)
def test_a_drill_is_marked_first_on_every_channel_in_every_language(lang: str) -> None:
    mark = DRILL[lang]
    drill = {"kind": "exercise", "lang": lang, "corrected": True, "reminder": "eve", "urgency": "urgent"}
    subject, text = mail_text(**drill)
    push = notification(**drill)
    assert subject.startswith(mark.strip())
    assert f"■ {mark}" in text
    assert push["title"].startswith(mark)
    assert mark.strip() in push["body"]
    assert line_of(letter(**drill), origin=ORIGIN).text.startswith(mark)


@pytest.mark.parametrize("lang", TONGUES)
def test_the_text_of_a_drill_begins_with_a_sentence_that_says_so(lang: str) -> None:
    first = notification(kind="exercise", lang=lang, deadline=None)["body"].partition("\n")[0]
    assert first.startswith(DRILL[lang])
    assert first != DRILL[lang] + letter().title


def test_a_loudspeaker_is_given_the_marks_in_the_words_it_reads() -> None:
    said: dict[str, Any] = {
        "id": FIRST,
        "kind": "exercise",
        "title": "避難の練習",
        "body": "**公園**へ",
        "step": "first",
    }
    said["translations"] = {"en": {"title": "Evacuate", "body": "To the park"}}
    call = json.loads(
        told(delivery="d", event="published", said=said, revision=1, association=None, origin=ORIGIN, at=NOW)
    )
    assert call["title"] == "【訓練】避難の練習"
    assert call["body"].startswith("【訓練】")
    assert call["translations"]["en"]["title"] == "[DRILL] Evacuate"
    assert call["translations"]["en"]["body"].startswith("[DRILL] This is a drill.")
    assert call["text"] == "【訓練】これは訓練です。本当の災害ではありません。\n\n公園へ"


def test_a_drill_in_a_bundle_is_marked_on_its_line() -> None:
    many = bundle_of([letter(), letter(kind="exercise")], origin=ORIGIN, weekly=True)
    assert "【訓練】" in many.body
    assert not heading(many).startswith("【訓練】")


@pytest.mark.parametrize(
    ("kind", "step", "expected"),
    [
        ("emergency", "first", "【緊急】避難指示"),
        ("emergency", "update", "【緊急】【続報】避難指示"),
        ("emergency", "all-clear", "【解除】避難指示"),
        ("exercise", "update", "【訓練】【続報】避難指示"),
        ("exercise", "all-clear", "【訓練】【解除】避難指示"),
        ("safety-check", "first", "【安否確認】避難指示"),
        ("circular", "first", "避難指示"),
    ],
)
def test_a_chain_says_how_far_it_has_come(kind: str, step: str, expected: str) -> None:
    assert marked(kind, "避難指示", "ja", step) == expected


def test_what_follows_replaces_the_first_on_the_phone_and_is_heard() -> None:
    first = letter(id=FIRST, kind="emergency", urgency="emergency")
    clear = letter(kind="emergency", urgency="emergency", refers_to=FIRST, step="all-clear")
    pushes = [push_of(each, origin=ORIGIN) for each in (first, clear)]
    shown = [json.loads(push.payload)["notification"] for push in pushes]
    assert pushes[0].topic == pushes[1].topic
    assert shown[0]["tag"] == shown[1]["tag"] == f"notice-{FIRST}"
    assert shown[1]["navigate"] == f"{ORIGIN}/n/{clear.id}"
    assert "renotify" not in shown[0]
    assert shown[1]["renotify"] is True


def test_a_mark_outlasts_every_cut() -> None:
    long = {"kind": "exercise", "title": "避難" * 200, "body": "公園へ" * 3000, "lang": "ko"}
    push, line = push_of(letter(**long), origin=ORIGIN), line_of(letter(**long), origin=ORIGIN)
    assert len(push.payload) <= PLAINTEXT_LIMIT
    assert json.loads(push.payload)["notification"]["title"].startswith("【훈련】")
    assert units(line.text) <= LIMIT


def test_the_client_puts_the_same_marks_first() -> None:
    script = (Path(__file__).parents[2] / "server" / "web" / "words" / "marks.js").read_text()
    for name, ours in (("MARKS", MARKS), ("STEPS", STEPS)):
        table = script.partition(f"const {name} = ")[2].partition("\n};")[0] + "}"
        assert json.loads(re.sub(r",(\s*})", r"\1", table)) == ours


def test_a_notice_is_read_in_the_readers_language_or_as_it_was_written() -> None:
    translations = {
        "en": {"title": "Evacuate", "body": "Go now."},
        "zh": {"title": "", "body": "x"},
        "ko": "?",
    }
    assert said_in("en", translations, "避難指示", "すぐに") == ("Evacuate", "Go now.")
    assert alarm_in("en", translations, "避難指示", "すぐに", "市") == ("Evacuate", "Go now.")
    assert alarm_in("ja", {}, "避難指示", "すぐに", "市") == ("避難指示", "すぐに")
    for lang in {*TONGUES} - {"ja"}:
        title, body = alarm_in(lang, {}, "避難指示", "すぐに", "花水木市")
        assert title == "避難指示"
        assert body.endswith("\n\nすぐに")
        assert "花水木市" in body
    for lang in ("ja", "ja-easy", "zh", "ko", "tlh"):
        assert said_in(lang, translations, "避難指示", "すぐに") == ("避難指示", "すぐに")


def test_every_language_has_words_and_a_name_that_programs_know() -> None:
    assert set(WORDS) == set(TONGUES)
    assert [tag_of(lang) for lang in TONGUES] == ["ja", "ja", "en", "zh-Hans", "ko"]
    assert notification(lang="zh")["lang"] == "zh-Hans"
    assert [spoken(lang) for lang in (*TONGUES, "tlh")] == [*TONGUES, "ja"]


@pytest.mark.parametrize("lang", [lang for lang in TONGUES if lang != "ja"])
def test_nothing_that_residents_read_around_a_notice_is_left_in_japanese(lang: str) -> None:
    theirs, ours = WORDS[lang], WORDS["ja"]
    read = (
        "greeting deadline files open open_notice open_app why why_notice why_question question from_ contact"
    )
    assert [
        name
        for name in f"{read} unsubscribe stop corrected".split()
        if getattr(theirs, name) == getattr(ours, name)
    ] == []
    assert theirs.kinds.keys() == ours.kinds.keys()
    assert theirs.bundle(True, 5, 3) != ours.bundle(True, 5, 3)
