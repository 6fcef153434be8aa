"""What may follow what, over all there is: every state, step, kind and sender."""

from itertools import product

import pytest

from notices.alarm import chain
from notices.alarm.alarm_errors import AnotherKind, ChainOver, FirstUnknown, FollowUpWrong
from notices.alarm.chain import ALL_CLEAR, FIRST, STATES, STEPS, UPDATE, Message
from notices.alarm.kinds import ALARMS, CHAINED, URGENCY
from notices.errors import KairanError
from notices.publishing.compose import KINDS

pytestmark = pytest.mark.everyday

NOTICE_STATES = ("draft", "scheduled", "awaiting", "held", "published", "withdrawn", "expired")
THERE, ELSEWHERE = "A" * 22, "B" * 21 + "A"


def outcome(message: Message, first: Message | None, *, cleared: bool) -> type[KairanError] | str:
    try:
        return chain.follow(message, first, cleared=cleared)
    except KairanError as refused:
        return type(refused)


def test_every_transition_that_is_not_in_the_table_is_refused() -> None:
    allowed = {("none", FIRST): "open", ("open", UPDATE): "open", ("open", ALL_CLEAR): "cleared"}
    assert {key: state for key, (state, _) in chain.TRANSITIONS.items()} == allowed
    assert all(state in STATES and step in STEPS for state, step in chain.TRANSITIONS)
    assert all(why.endswith(".") for _, why in chain.TRANSITIONS.values()), "each says why"


def test_a_follow_up_stands_only_where_all_is_right_over_everything_there_is() -> None:
    """Every kind after every kind, of every sender, at every step, in every state: 10,000 odd pairs."""
    senders = (None, THERE, ELSEWHERE)
    stood = set()
    for kind, sender, step in product(sorted(KINDS), senders, STEPS):
        message = Message(kind, sender, step, None if step == FIRST else THERE)
        for first_kind, first_sender, first_step, state, cleared in product(
            sorted(KINDS), senders, STEPS, NOTICE_STATES, (False, True)
        ):
            first = Message(
                first_kind, first_sender, first_step, None if first_step == FIRST else ELSEWHERE, state
            )
            found = outcome(message, first, cleared=cleared)
            if step == FIRST:
                assert found == "open"
                continue
            right = (
                kind in CHAINED
                and kind == first_kind
                and sender == first_sender
                and first_step == FIRST
                and state in ("published", "expired")
                and not cleared
            )
            assert isinstance(found, str) is right, (message, first, cleared, found)
            if right:
                stood.add((kind, step, found))
    assert stood == {
        (kind, step, "cleared" if step == ALL_CLEAR else "open")
        for kind, step in product(CHAINED, (UPDATE, ALL_CLEAR))
    }


def update_of(kind: str, step: str = UPDATE, refers_to: str | None = THERE) -> Message:
    return Message(kind, None, step, refers_to)


def first_of(kind: str, state: str = "published", sender: str | None = None) -> Message:
    return Message(kind, sender, FIRST, None, state)


EMERGENCY, EXERCISE = update_of("emergency"), update_of("exercise", ALL_CLEAR)


@pytest.mark.parametrize(
    ("message", "first", "cleared", "why"),
    [
        (EMERGENCY, first_of("exercise"), False, AnotherKind),
        (EXERCISE, first_of("emergency"), False, AnotherKind),
        (EMERGENCY, None, False, FirstUnknown),
        (EMERGENCY, Message("emergency", None, UPDATE, ELSEWHERE, "published"), False, FirstUnknown),
        (EMERGENCY, first_of("emergency", sender=THERE), False, FirstUnknown),
        (EMERGENCY, first_of("emergency", "draft"), False, FirstUnknown),
        (EMERGENCY, first_of("emergency"), True, ChainOver),
        (update_of("emergency", ALL_CLEAR), first_of("emergency", "withdrawn"), False, ChainOver),
        (update_of("emergency", UPDATE, None), None, False, FollowUpWrong),
        (update_of("emergency", FIRST), None, False, FollowUpWrong),
        (update_of("emergency", "again"), None, False, FollowUpWrong),
        (update_of("safety-check"), first_of("safety-check"), False, FollowUpWrong),
        (update_of("circular", ALL_CLEAR), first_of("circular"), False, FollowUpWrong),
    ],
)
def test_what_is_wrong_with_a_follow_up_is_said(
    message: Message, first: Message | None, cleared: bool, why: type[KairanError]
) -> None:
    assert outcome(message, first, cleared=cleared) is why


def test_an_exercise_never_travels_as_an_emergency() -> None:
    assert URGENCY["exercise"] == "ordinary"
    assert {"emergency", "exercise", "safety-check"} == ALARMS
