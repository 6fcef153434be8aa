"""PURE: one answer, as it is read from a phone and kept: made of what the form asks, or refused in a sentence."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from notices.forms.form_errors import AnswerMissing, AnswerTooLong, NoFormHere, OptionGone
from notices.forms.shape import Form, Question, Removed, is_plain

TEXT_LENGTH: Final = 500
MOST_PEOPLE: Final = 50
CHAIR: Final = "chair"
Choice = str | list[str]
"""The id of an option, ids of several, or what was written."""


@dataclass(frozen=True, slots=True)
class Said:
    """`people`: how many come; 0 is nobody, None where that is not asked. `letter`: a proxy letter instead of votes,
    CHAIR or the id of the person it is given to."""

    answers: Mapping[str, Choice] = field(default_factory=dict)
    people: int | None = None
    letter: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"answers": dict(self.answers), "people": self.people, "letter": self.letter}


def of_json(kept: Mapping[str, Any]) -> Said:
    return Said(kept["answers"], kept["people"], kept["letter"])


def checked(form: Form, said: Said) -> Said:
    """Raises OptionGone, AnswerMissing, AnswerTooLong, NoFormHere. What is not asked of this answer is left out."""
    if form.kind == "attendance":
        if said.people is None:
            raise AnswerMissing()
        if not 0 <= said.people <= (1 if form.per == "person" else MOST_PEOPLE):
            raise OptionGone()
        if said.people == 0:
            return Said(people=0)
    if said.letter is not None:
        if form.kind != "assembly":
            raise NoFormHere()
        return Said(letter=said.letter)
    if any(form.question(id) is None for id in said.answers):
        raise OptionGone()
    answers = {
        question.id: _checked(question, said.answers[question.id])
        for question in form.questions
        if _is_answered(said.answers.get(question.id))
    }
    if any(question.needed and question.id not in answers for question in form.questions):
        raise AnswerMissing()
    if not answers and form.kind != "attendance":
        raise AnswerMissing()
    return Said(answers, said.people if form.kind == "attendance" else None)


def _is_answered(choice: Choice | None) -> bool:
    return bool(choice.strip() if isinstance(choice, str) else choice)


def _checked(question: Question, choice: Choice) -> Choice:
    if question.asks == "text":
        if not isinstance(choice, str):
            raise OptionGone()
        if len(choice) > TEXT_LENGTH or not is_plain(choice):
            raise AnswerTooLong()
        return choice.strip()
    if question.asks == "many":
        chosen = [choice] if isinstance(choice, str) else choice
        if not set(chosen) <= set(question.choices):
            raise OptionGone()
        return [id for id in question.choices if id in chosen]
    if not isinstance(choice, str) or choice not in question.choices:
        raise OptionGone()
    return choice


def without(said: Said, gone: Removed) -> Said:
    """What is left of it when the form asks less."""
    answers: dict[str, Choice] = {}
    for id, choice in said.answers.items():
        if id in gone.questions:
            continue
        if isinstance(choice, list):
            left = [each for each in choice if (id, each) not in gone.options]
            if left:
                answers[id] = left
        elif (id, choice) not in gone.options:
            answers[id] = choice
    return replace(said, answers=answers)


def newer(at: datetime, said: Said, kept_at: datetime, kept: Said) -> bool:
    """Whether this press stands before that one. Of two at one moment the same does, in whatever order they arrive."""
    return (at, _weight(said)) >= (kept_at, _weight(kept))


def _weight(said: Said) -> str:
    return json.dumps(said.as_json(), sort_keys=True, ensure_ascii=False)
