"""Whatever order answers come in, twice or not at all: the newest of each person counts, and the columns add up."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notices.safety.standing_of import COLUMN, COLUMNS, STATES, Answer, stand

HOME, PEOPLE = "home", ("a", "b", "c")
START = datetime(2026, 11, 22, tzinfo=UTC)

orders = st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from("xyz"))
answers = st.builds(
    lambda subject, state, order: Answer(
        subject, state, (START + timedelta(minutes=order[0]), START + timedelta(minutes=order[1]), order[2])
    ),
    st.sampled_from((HOME, *PEOPLE)),
    st.sampled_from(STATES),
    orders,
)
said = st.lists(answers, max_size=12, unique_by=lambda each: each.order)


@given(said, st.data())
def test_any_order_and_any_repetition_stands_as_the_newest_of_each(
    every: list[Answer], data: st.DataObject
) -> None:
    kept = [each for each in every if data.draw(st.booleans())]
    arrived = data.draw(st.permutations(kept + data.draw(st.lists(st.sampled_from(kept))) if kept else []))
    home = stand(HOME, PEOPLE, arrived)
    for person in PEOPLE:
        of_them = [each for each in kept if each.subject in (person, HOME)]
        newest = max(of_them, key=lambda each: each.order, default=None)
        assert home.people[person] == ("missing" if newest is None else COLUMN[newest.state])


@given(st.lists(said, max_size=6))
def test_every_home_and_every_person_stands_in_one_column(homes: list[list[Answer]]) -> None:
    stood = [stand(HOME, PEOPLE, each) for each in homes]
    assert sum(sum(home.column == column for home in stood) for column in COLUMNS) == len(homes)
    assert sum(len(home.people) for home in stood) == len(homes) * len(PEOPLE)
    assert all(set(home.people.values()) <= set(COLUMNS) for home in stood)


@given(said)
def test_a_home_stands_where_its_worst_off_person_does(every: list[Answer]) -> None:
    home = stand(HOME, PEOPLE, every)
    assert home.column == min(home.people.values(), key=COLUMNS.index)


def test_who_came_later_and_needs_help_is_seen_and_in_no_sum() -> None:
    home = stand(
        HOME,
        ("a",),
        [Answer("d", "need-help", (START, START, "x")), Answer("a", "safe", (START, START, "y"))],
    )
    assert (home.column, home.people) == ("needHelp", {"a": "safe"})
