"""How answers add up: in any order, however often they come; places are never oversold; a letter is never counted twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from notices.errors import KairanError
from notices.forms import counting, places, said, shape
from notices.forms.counting import Given
from notices.forms.places import Party
from notices.forms.said import CHAIR, Said
from notices.forms.shape import Form, Option, Question

OPTIONS = (Option("a", "あ"), Option("b", "い"), Option("c", "う"))
SURVEY = Form(
    "survey",
    questions=(
        Question("one", "one", "?", OPTIONS),
        Question("many", "many", "?", OPTIONS),
        Question("say", "text", "?"),
    ),
)
VOTE = Form("assembly", questions=(Question("m", "vote", "?", needed=True),))
HOMES = ["h1", "h2", "h3", "h4"]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

choices = some.sampled_from("abc")
survey_said = some.builds(
    lambda one, many, say: Said({"one": one, "many": sorted(set(many)), "say": say}),
    choices,
    some.lists(choices, min_size=1),
    some.text("あい", min_size=1, max_size=3),
)
presses = some.lists(some.tuples(some.sampled_from(HOMES), some.integers(0, 5), survey_said), max_size=12)


def folded(taken: list[tuple[str, int, Said]]) -> dict[str, tuple[datetime, Said]]:
    """As the server keeps them: of each home the one that was pressed last."""
    kept: dict[str, tuple[datetime, Said]] = {}
    for home, minute, one in taken:
        at = NOON + timedelta(minutes=minute)
        if home not in kept or said.newer(at, one, *kept[home]):
            kept[home] = (at, one)
    return kept


def sums(kept: dict[str, tuple[datetime, Said]]) -> dict[str, Any]:
    return counting.tally(SURVEY, [Given(home, one) for home, (_, one) in kept.items()])


@given(presses, some.randoms(use_true_random=False))
def test_the_sums_are_those_of_the_newest_answers_in_whatever_order_and_however_often_they_come(
    taken: list[tuple[str, int, Said]], chance: Any
) -> None:
    shuffled = [*taken, *chance.sample(taken, len(taken) // 2)]
    chance.shuffle(shuffled)
    assert sums(folded(shuffled)) == sums(folded(taken))


@given(
    some.lists(
        some.tuples(some.sampled_from(["for", "against", "abstain", CHAIR, *HOMES]), some.booleans()),
        min_size=4,
        max_size=4,
    )
)
def test_each_home_weighs_one_vote_and_no_letter_weighs_twice(said_by: list[tuple[str, bool]]) -> None:
    answers = []
    for home, (what, gave) in zip(HOMES, said_by, strict=True):
        if not gave or what == home:
            continue
        vote = what in shape.VOTES
        one = Said({"m": what}) if vote else Said(letter=what)
        answers.append(Given(home, one, None if vote or what == CHAIR else what))
    told = counting.tally(VOTE, answers)
    cast = sum(told["questions"]["m"].values())
    assert cast == told["voted"] + told["withVotes"]
    assert told["voted"] + told["withVotes"] + told["toChair"] + told["unused"] == told["answered"]


@given(
    some.lists(
        some.tuples(some.sampled_from(HOMES), some.integers(0, 4)),
        max_size=30,
    ),
    some.integers(1, 6),
)
def test_places_are_never_oversold_and_nobody_is_overtaken(presses: list[tuple[str, int]], room: int) -> None:
    parties: dict[str, Party] = {}
    turns = 0
    for home, people in presses:
        before = parties.get(home)
        if people == 0:
            parties.pop(home, None)
        elif before is None:
            turns += 1
            parties[home] = Party(home, turns, people, has=False)
        elif not before.has or places.may_grow([*parties.values()], home, people, room):
            parties[home] = Party(home, before.turn, people, before.has)
        for whose in places.called_up([*parties.values()], room):
            parties[whose] = Party(whose, parties[whose].turn, parties[whose].people, has=True)
        all_ = [*parties.values()]
        assert places.given(all_) <= room
        waiting = sorted((party for party in all_ if not party.has), key=lambda party: party.turn)
        if waiting:
            assert waiting[0].people > room - places.given(all_), (
                "whoever is first waits only for want of room"
            )


@given(survey_said)
def test_an_answer_that_was_kept_reads_the_same_again(one: Said) -> None:
    kept = said.checked(SURVEY, one)
    assert said.of_json(kept.as_json()) == kept
    assert said.checked(SURVEY, kept) == kept


def test_a_form_is_the_same_after_it_was_kept() -> None:
    for form in (SURVEY, VOTE, Form("attendance", "person", secret=True, places=3)):
        assert shape.of_json(shape.as_json(form)) == form


def test_what_is_removed_is_taken_out_of_an_answer_and_nothing_else() -> None:
    after = Form(
        "survey", questions=(Question("one", "one", "?", OPTIONS[:2]), Question("many", "text", "?"))
    )
    gone = shape.removed(SURVEY, after)
    left = said.without(Said({"one": "c", "many": ["a"], "say": "はい"}), gone)
    assert left == Said({})
    assert said.without(Said({"one": "a"}), gone) == Said({"one": "a"})


@pytest.mark.parametrize("people", [None, -1, 51])
def test_so_many_do_not_come(people: int | None) -> None:
    with pytest.raises(KairanError):
        said.checked(Form("attendance"), Said(people=people))
