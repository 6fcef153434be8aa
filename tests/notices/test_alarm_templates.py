"""Texts prepared for the worst night: whole in five languages, with the same things to fill in, and each of one kind."""

import pytest

from notices.alarm import templates
from notices.alarm.alarm_errors import AnotherKind, FillInMissing, FollowUpWrong, TemplateUnknown
from notices.alarm.kinds import ALARMS
from notices.alarm.templates import LANGUAGES, Template
from notices.publishing.compose import TOPICS, checked_body, checked_title

pytestmark = pytest.mark.everyday
EACH = pytest.mark.parametrize("template", templates.prepared().values(), ids=lambda each: each.name)
FULL = {"place": "花水木市 3丁目", "time": "11月29日 23時", "shelter": "桜小学校", "news": "橋が通れません。"}
SAID_ALOUD = {"ja": "訓練", "ja-easy": "練習", "en": "drill", "zh": "训练", "ko": "훈련"}


@EACH
def test_it_speaks_all_five_languages_and_asks_the_same_in_each(template: Template) -> None:
    assert tuple(template.said) == LANGUAGES
    for language in LANGUAGES:
        assert set(template.said[language]) == {"title", "body"}
        assert set(template.fill_ins(language)) == set(template.fill_ins()), language
        title = template.said[language]["title"]
        assert not title.startswith(("【", "[")), "the mark is put there as it leaves"
    assert set(template.fill_ins()) <= set(templates.labels())
    assert template.kind in ALARMS
    assert template.topic in TOPICS
    assert len(template.name) <= 32


@EACH
def test_filled_in_it_is_a_notice_in_each_language(template: Template) -> None:
    made = templates.filled(template.name, template.kind, FULL)
    for said in made.values():
        checked_title(said["title"])
        checked_body(said["body"])
        assert "{" not in said["title"] + said["body"]
        assert FULL["place"] in said["title"] + said["body"]


@EACH
def test_what_is_for_an_exercise_says_so_in_words_and_nothing_else_does(template: Template) -> None:
    for language, word in SAID_ALOUD.items():
        words = " ".join(template.said[language].values()).lower()
        assert (word in words) is (template.kind == "exercise"), language


def test_every_kind_has_a_first_message_and_each_chain_an_end() -> None:
    steps = {(each.kind, each.step) for each in templates.prepared().values()}
    assert steps == {
        ("safety-check", "first"),
        *((kind, step) for kind in ("emergency", "exercise") for step in ("first", "update", "all-clear")),
    }


@EACH
def test_it_serves_no_other_kind_and_no_other_step(template: Template) -> None:
    for kind in sorted({"notice", "circular", *ALARMS} - {template.kind}):
        with pytest.raises(AnotherKind):
            templates.filled(template.name, kind, FULL)
        with pytest.raises(AnotherKind):
            templates.suits(template.name, kind, template.step)
    for step in {"first", "update", "all-clear"} - {template.step}:
        with pytest.raises(FollowUpWrong):
            templates.suits(template.name, template.kind, step)


def test_what_is_not_filled_in_is_asked_for_by_its_name_on_the_screen() -> None:
    with pytest.raises(FillInMissing) as refused:
        templates.filled("evacuation", "emergency", {"place": "3丁目", "shelter": " "})
    assert refused.value.facts["names"] == "time, shelter"
    assert "避難先" in refused.value.detail("ja")
    with pytest.raises(TemplateUnknown):
        templates.of_kind("ufo", "emergency")


def test_what_was_filled_in_is_text_and_fills_nothing_in_itself() -> None:
    made = templates.filled("bear", "emergency", {"place": "{time}", "time": "朝"})
    assert "{time}" in made["ja"]["title"]
