"""PURE: how the answers stand, from the answers alone: in whatever order they came, the sums are the same.

A proxy letter is one household's vote in another's hands. To the chair: told as such, for the chair casts it in the
meeting. To a person: it counts with the votes of that person's household, motion by motion, once that has voted
itself; a letter is not handed on, so where that household has given one too, or is silent, it counts for nothing and is
told as unused.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notices.forms.said import CHAIR, Said
from notices.forms.shape import VOTES, Form, Question

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """One answer that stands. `to`: the household of the person who holds its letter. `has_place`: of attendance."""

    whose: str
    said: Said
    to: str | None = None
    has_place: bool = False


def tally(form: Form, answers: Iterable[Given]) -> Body:
    """All of it: how many answered, and by question how many chose what."""
    all_ = list(answers)
    body: Body = {"answered": len(all_), "questions": _questions(form, all_)}
    if form.kind == "attendance":
        body |= _attendance(form, all_)
    if form.kind == "assembly":
        body |= _letters(all_)
    return body


def hidden(form: Form, counts: Mapping[str, Any], *, closed: bool) -> Body:
    """Of a secret form nothing but how many answered, until it is closed: else each answer could be read off the sums."""
    if form.secret and not closed:
        return {"answered": counts["answered"], "hidden": True}
    return dict(counts)


def _attendance(form: Form, answers: Sequence[Given]) -> Body:
    come = [each for each in answers if each.said.people]
    placed = [each for each in come if each.has_place]
    waiting = [each for each in come if not each.has_place]
    people = sum(each.said.people or 0 for each in placed)
    return {
        "come": len(placed),
        "people": people,
        "stay": len(answers) - len(come),
        "places": form.places,
        "free": None if form.places is None else form.places - people,
        "waiting": len(waiting),
        "waitingPeople": sum(each.said.people or 0 for each in waiting),
    }


def _letters(answers: Sequence[Given]) -> Body:
    voted = _voted(answers)
    letters = [each for each in answers if each.said.letter is not None]
    return {
        "voted": len(voted),
        "toChair": sum(each.said.letter == CHAIR for each in letters),
        "withVotes": sum(each.to in voted for each in letters),
        "unused": sum(each.said.letter != CHAIR and each.to not in voted for each in letters),
    }


def _voted(answers: Sequence[Given]) -> dict[str | None, Said]:
    return {each.whose: each.said for each in answers if each.said.letter is None}


def _questions(form: Form, answers: Sequence[Given]) -> Body:
    voted = _voted(answers)
    weights = Counter(each.to for each in answers if each.said.letter is not None and each.to in voted)
    counting = [(each.said, 1 + weights[each.whose]) for each in answers if each.said.letter is None]
    return {question.id: _question(question, counting) for question in form.questions}


def _question(question: Question, counting: Sequence[tuple[Said, int]]) -> Body:
    """By option how many; of a text how many wrote one. `silent`: votes without a word on this motion."""
    chosen: Counter[str] = Counter()
    written = silent = 0
    for said, weight in counting:
        choice = said.answers.get(question.id)
        if question.asks == "text":
            written += choice is not None
        elif choice is None:
            silent += weight
        else:
            for each in [choice] if isinstance(choice, str) else choice:
                chosen[each] += weight
    if question.asks == "text":
        return {"written": written}
    counted = {id: chosen[id] for id in question.choices}
    return counted | ({"silent": silent} if question.choices == VOTES else {})
