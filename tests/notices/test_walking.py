"""The walking order of a block, whatever a list said before: one home at each place, and nobody passes anybody."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notices.life import walking
from notices.life.changes import Changes
from notices.models import Household
from notices.town.people_errors import WalkWrong

WALKS = st.lists(st.integers(1, 12), max_size=10).map(sorted)


def block(walks: list[int]) -> list[Household]:
    return [Household(tenant="hana", id=f"{n:022}", walk=walk) for n, walk in enumerate(walks)]


def after(changes: Changes, homes: list[Household]) -> list[int]:
    set_ = {id(row): values["walk"] for row, values in changes.changed}
    return [set_.get(id(home), home.walk) for home in homes]


@settings(deadline=None, derandomize=True, database=None)
@given(WALKS, st.one_of(st.none(), st.integers(1, 14)))
def test_a_place_is_made_for_one_more_and_the_others_keep_their_order(
    walks: list[int], place: int | None
) -> None:
    homes, changes = block(walks), Changes("hana")
    got = walking.make_room(changes, homes, place)
    now = after(changes, homes)
    assert now == sorted(set(now)), "strictly one behind the other"
    assert got not in now
    behind = [walk for walk, before in zip(now, walks, strict=True) if place is not None and before >= place]
    assert all(walk > got for walk in behind), "who stood there stands behind"
    assert len([walk for walk in now if walk < got]) == len(now) - len(behind)
    if len(set(walks)) == len(walks) and place is not None:
        assert got == place


@settings(deadline=None, derandomize=True, database=None)
@given(st.sets(st.integers(1, 12)).map(sorted), st.integers(1, 14))
def test_a_gap_is_used_up_before_anybody_behind_it_moves(walks: list[int], place: int) -> None:
    homes, changes = block(walks), Changes("hana")
    walking.make_room(changes, homes, place)
    gap = next(free for free in range(place, 40) if free not in walks)
    for walk, before in zip(after(changes, homes), walks, strict=True):
        assert walk == before + (place <= before < gap)


def test_there_is_no_place_before_the_first_or_behind_the_last() -> None:
    for place in (0, -1, 10_000):
        with pytest.raises(WalkWrong):
            walking.make_room(Changes("hana"), [], place)
    with pytest.raises(WalkWrong):
        walking.make_room(Changes("hana"), block([9_999]), None)
    with pytest.raises(WalkWrong):
        walking.make_room(Changes("hana"), block([9_998, 9_999]), 9_998)
