"""The ladder as a table: every urgency, every kind, every set of channels a home may have."""

from datetime import UTC, datetime, timedelta
from itertools import chain, combinations

import pytest

from notices.ladder import steps
from notices.ladder.steps import BY_CHANNEL, CHANNELS, DOOR, LADDERS, RESIDUAL, ladder, taken
from notices.publishing.compose import KINDS, URGENCIES

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
KIND = sorted(KINDS)
WAYS = [frozenset(each) for each in chain.from_iterable(combinations(BY_CHANNEL, size) for size in range(4))]


def walk(
    urgency: str, kind: str, ways: frozenset[str], *, reachable: bool = True
) -> list[tuple[str, timedelta]]:
    """What is done, and how long after the first message, for a home that never answers."""
    began = NOW
    now = began + steps.first_after(urgency, kind)
    step: str | None = steps.first_step(urgency, kind)
    done = []
    while step is not None:
        result = taken(urgency, kind, step, now, ways, reachable=reachable)
        if result.do is not None:
            done.append((result.do, now - began))
        step, now = result.then, result.at or now
        assert len(done) < 10, "a ladder ends"
    return done


@pytest.mark.parametrize("urgency", URGENCIES)
@pytest.mark.parametrize("kind", KIND)
@pytest.mark.parametrize("ways", WAYS)
def test_a_home_is_taken_up_exactly_the_steps_it_can_be_reached_by_each_at_its_own_time(
    urgency: str, kind: str, ways: frozenset[str]
) -> None:
    wanted = [
        (each.name, each.after)
        for each in ladder(urgency, kind)
        if each.name in ways or each.name in (DOOR, RESIDUAL)
    ]
    assert walk(urgency, kind, ways) == wanted


@pytest.mark.parametrize("urgency", URGENCIES)
@pytest.mark.parametrize("kind", KIND)
def test_a_home_without_a_channel_stands_on_the_walking_list_as_soon_as_anybody_looks(
    urgency: str, kind: str
) -> None:
    done = walk(urgency, kind, frozenset(), reachable=False)
    goes_to_doors = any(each.name == DOOR for each in ladder(urgency, kind))
    assert [name for name, _ in done] == ([DOOR, RESIDUAL] if goes_to_doors else [])
    if goes_to_doors:
        assert done[0][1] == steps.first_after(urgency, kind)


@pytest.mark.parametrize("steps_of", LADDERS.values())
def test_the_steps_of_a_ladder_are_in_the_order_of_the_promise(steps_of: list[steps.Step]) -> None:
    names = [each.name for each in steps_of]
    order = ["push-again", "mail", "line", DOOR, RESIDUAL]
    assert names == [name for name in order if name in names]
    waits = [each.after for each in steps_of]
    assert waits == sorted(set(waits)), "each comes after the one before it"
    assert waits[0] > timedelta(0)


def test_what_is_more_urgent_climbs_faster() -> None:
    ends = {urgency: ladder(urgency, "circular")[-1].after for urgency in URGENCIES}
    assert ends["emergency"] < ends["urgent"] < ends["ordinary"]
    assert ends["emergency"] <= timedelta(minutes=20)


def test_a_worker_that_was_away_does_not_hurry_afterwards() -> None:
    late = NOW + timedelta(days=30)
    result = taken("ordinary", "circular", "push-again", late, {"push-again", "mail"})
    assert (result.do, result.then, result.at) == ("push-again", "mail", late + timedelta(days=1))


def test_a_step_that_a_ladder_does_not_have_ends_there() -> None:
    assert taken("emergency", "circular", "mail", NOW, {"mail"}) == steps.Taken(None)


def test_the_first_channel_is_the_fastest_and_an_emergency_takes_all() -> None:
    assert steps.first_channels("ordinary", {"mail", "push"}) == {"push"}
    assert steps.first_channels("urgent", {"line", "mail"}) == {"mail"}
    assert steps.first_channels("emergency", {"mail", "push", "line"}) == set(CHANNELS)
    assert steps.first_channels("ordinary", {"mail", "push", "line"}, "exercise") == set(CHANNELS)
    assert steps.first_channels("ordinary", set()) == set()


TOKYO_EVE = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
TOKYO_MORNING = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC)


def test_reminders_come_on_the_evening_before_and_on_the_morning() -> None:
    assert steps.reminders(DEADLINE, NOW) == {"eve": TOKYO_EVE, "morning": TOKYO_MORNING}
    assert steps.reminders(None, NOW) == {}


@pytest.mark.parametrize(
    ("published", "left"),
    [
        (TOKYO_EVE - timedelta(hours=6), {"eve", "morning"}),
        (TOKYO_EVE - timedelta(hours=5), {"morning"}),
        (TOKYO_MORNING - timedelta(hours=5), set()),
        (DEADLINE, set()),
    ],
)
def test_no_reminder_comes_right_after_the_message_itself(published: datetime, left: set[str]) -> None:
    assert set(steps.reminders(DEADLINE, published)) == left


def test_a_deadline_in_the_small_hours_is_announced_the_evening_before_alone() -> None:
    assert set(steps.reminders(datetime(2026, 11, 29, 20, 0, tzinfo=UTC), NOW)) == {"eve"}
