"""The life of a notice: every state and every deed, said once more in other words than the table."""

from itertools import product
from typing import get_args

import pytest
from sqlalchemy import CheckConstraint

from notices.errors import KairanError, WrongState
from notices.models import Notice
from notices.publishing import life
from notices.publishing.life import DEEDS, STATES, Deed, State

PAIRS = list(product(STATES, DEEDS))
BACK = ("awaiting", "scheduled", "held")
"""What waits to go out."""


def expected(state: State, deed: Deed) -> State | type[KairanError]:
    if deed in ("release", "expire", "give-back"):
        return _by_itself(state, deed)
    if deed in ("ask", "hold", "schedule"):
        return _pressed(state, deed)
    if deed == "withdraw":
        return WrongState if state in ("awaiting", "expired") else "withdrawn"
    if deed == "undo":
        return "draft" if state in ("scheduled", "held") else WrongState
    allowed = {"correct": ("draft", "published"), "reword": ("published",), "close": ("published", "expired")}
    return state if state in allowed[deed] else WrongState


def _by_itself(state: State, deed: Deed) -> State:
    """Nobody is there to be told that it may not be."""
    if deed == "release":
        return "published" if state in ("scheduled", "held") else state
    if deed == "expire":
        return "expired" if state == "published" else state
    return "draft" if state in BACK else state


def _pressed(state: State, deed: Deed) -> State | type[KairanError]:
    if state in ("withdrawn", "expired"):
        return WrongState
    to: dict[Deed, State] = {"ask": "awaiting", "hold": "held", "schedule": "scheduled"}
    goes_on = state == "draft" or (state == "awaiting" and deed != "ask")
    return to[deed] if goes_on else state


@pytest.mark.parametrize(("state", "deed"), PAIRS)
def test_every_state_answers_every_deed(state: State, deed: Deed) -> None:
    wanted = expected(state, deed)
    assert life.may(state, deed) == isinstance(wanted, str)
    if isinstance(wanted, str):
        assert life.after(state, deed) == wanted
        assert life.stays(state, deed) == (wanted == state)
        return
    for ask in (life.after, life.stays):
        with pytest.raises(wanted) as raised:
            ask(state, deed)
        assert raised.value.facts == {"state": state}, "the sentence names the state"


def test_the_table_is_whole_and_every_state_can_be_reached() -> None:
    assert set(life.TRANSITIONS) == set(PAIRS)
    reached: set[str] = {"draft"}
    for _ in STATES:
        reached |= {
            life.after(state, deed) for state, deed in PAIRS if state in reached and life.may(state, deed)
        }
    assert reached == set(STATES) == set(get_args(State))
    assert {*life.WAITING, *life.OUT, "withdrawn"} == set(STATES), "each is one of these"


def test_the_database_takes_these_states_and_no_other() -> None:
    checks = [each for each in Notice.__table__.constraints if isinstance(each, CheckConstraint)]  # type: ignore[attr-defined]
    [check] = [str(each.sqltext) for each in checks if str(each.name).endswith("notice_state")]
    assert set(check.partition("(")[2].replace("'", "").rstrip(")").split(", ")) == set(STATES)


def test_nothing_comes_back_once_it_is_over() -> None:
    for state in ("withdrawn", "expired"):
        for deed in DEEDS:
            assert not life.may(state, deed) or life.stays(state, deed), f"{state} + {deed}"
