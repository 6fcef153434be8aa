"""The passage of a circular: every state, every act, every state of the city's circular, before and after its deadline."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import get_args

import pytest

from notices import ids
from notices.circulation import passage, waiting
from notices.circulation.errors import (
    AlreadyForwarded,
    CircularOver,
    CircularUnknown,
    CircularWithdrawn,
    DeadlineAfterCity,
)
from notices.circulation.passage import STATES, Act, Circular, State, after
from notices.errors import DeadlinePast, KairanError

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OF_NOTICES = ("draft", "scheduled", "awaiting", "held", "published", "withdrawn", "expired")
DEADLINES = (None, NOW - DAY, NOW, NOW + DAY)
ACTS: tuple[Act, ...] = get_args(Act)
HISTORIES = list(product(STATES, ACTS, OF_NOTICES, DEADLINES))


def expected(state: State, act: Act, circular: str, deadline: datetime | None) -> State | type[KairanError]:
    """Said once more, in other words than the table."""
    if act == "take-back":
        return "received" if state == "forwarded" else state
    if circular == "withdrawn":
        return CircularWithdrawn
    if circular not in ("published", "expired"):
        return CircularUnknown
    if state == "forwarded":
        return AlreadyForwarded
    if act == "decline":
        return "declined"
    over = circular == "expired" or (deadline is not None and deadline <= NOW)
    return CircularOver if over else "forwarded"


def test_every_state_answers_every_act_in_every_situation() -> None:
    assert len(HISTORIES) == 3 * 3 * 7 * 4
    for state, act, circular, deadline in HISTORIES:
        wanted = expected(state, act, circular, deadline)
        try:
            found: object = after(state, act, Circular(circular, deadline), NOW)
        except KairanError as error:
            found = type(error)
        assert found == wanted, f"{state} + {act}, the circular {circular}, until {deadline}"


def test_nothing_leads_out_of_the_states_there_are() -> None:
    assert set(passage.TRANSITIONS) == set(product(STATES, ACTS)), "the table is whole"
    states = {found for found in passage.TRANSITIONS.values() if isinstance(found, str)}
    assert states == set(STATES), "and every state can be reached"


def test_an_own_deadline_lies_between_now_and_the_citys() -> None:
    assert passage.own_deadline(None, NOW + DAY, NOW) == NOW + DAY, "without one the city's holds"
    assert passage.own_deadline(NOW + DAY, None, NOW) == NOW + DAY
    assert passage.own_deadline(NOW + DAY, NOW + DAY, NOW) == NOW + DAY
    with pytest.raises(DeadlinePast):
        passage.own_deadline(NOW, NOW + DAY, NOW)
    with pytest.raises(DeadlineAfterCity):
        passage.own_deadline(NOW + 2 * DAY, NOW + DAY, NOW)


def test_the_copy_of_a_circular_has_one_id_in_each_association_and_lies_beside_the_circular() -> None:
    circular, sakura, midori = ids.new_id(), ids.new_id(), ids.new_id()
    copy = passage.copy_id(circular, sakura)
    assert ids.is_id(copy)
    assert copy == passage.copy_id(circular, sakura), "two presses make one"
    others = {passage.copy_id(circular, midori), passage.copy_id(ids.new_id(), sakura), circular, sakura}
    assert copy not in others
    assert ids.bytes_of(copy)[:6] == ids.bytes_of(circular)[:6], "its time is the circular's"


def test_what_homes_read_names_the_city_and_puts_the_associations_note_first() -> None:
    assert passage.words("断水します。", "", "花水木市") == "**花水木市からの回覧**\n\n断水します。"
    said = passage.words("断水します。", " 班長まで。 ", "花水木市")
    assert said == "班長まで。\n\n**花水木市からの回覧**\n\n断水します。"


def test_officers_hear_at_once_again_after_three_days_and_on_the_eve() -> None:
    far = waiting.times("ordinary", NOW + 20 * DAY, NOW)
    assert list(far) == [waiting.WORD, waiting.AGAIN, "eve"]
    assert far[waiting.WORD] == NOW
    assert far[waiting.AGAIN] == NOW + 3 * DAY
    near = waiting.times("ordinary", NOW + 3 * DAY, NOW)
    assert set(near) == {waiting.WORD, "eve"}, "two words in one evening are one too many"
    assert set(waiting.times("ordinary", NOW + timedelta(hours=5), NOW)) == {waiting.WORD}
    assert set(waiting.times("urgent", None, NOW)) == {waiting.WORD, waiting.AGAIN}
    assert waiting.times("urgent", None, NOW)[waiting.AGAIN] == NOW + timedelta(hours=1)


def test_no_reminder_comes_after_the_deadline() -> None:
    for hours in range(1, 24 * 10):
        deadline = NOW + timedelta(hours=hours)
        times = waiting.times("ordinary", deadline, NOW)
        assert all(at < deadline for at in times.values()), f"{hours} hours before the deadline"
