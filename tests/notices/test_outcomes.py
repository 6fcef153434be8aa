"""The life of a message: every answer, and how long it waits."""

import ast
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import get_args

import pytest

from notices.outcomes import (
    REASONS,
    TERMINAL,
    TRANSITIONS,
    Crashed,
    Event,
    Gone,
    Held,
    Later,
    Outcome,
    Refused,
    Sent,
    Skipped,
    State,
    Transition,
    Unknown,
    lane_pause,
    next_state,
)

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
BUSY = Later(450, "mailbox-busy")


class NoJitter(Random):
    def random(self) -> float:
        return 0.0


def after(
    outcome: Outcome,
    attempt: int = 1,
    *,
    state: State = "sending",
    channel: str = "mail",
    urgency: str = "ordinary",
    rng: Random | None = None,
    crossed_before: bool = False,
) -> Transition:
    return next_state(
        state, attempt, outcome,
        channel=channel, urgency=urgency, now=NOW, rng=rng or NoJitter(), crossed_before=crossed_before,
    )  # fmt: skip


def waits(channel: str, urgency: str, outcome: Outcome = BUSY) -> list[float]:
    """Minutes until each next try, until it is given up."""
    found: list[float] = []
    for attempt in range(1, 1000):
        step = after(outcome, attempt, channel=channel, urgency=urgency)
        if step.due_at is None:
            assert step.state == "failed"
            return found
        found.append((step.due_at - NOW) / timedelta(minutes=1))
    raise AssertionError("it never gives up")


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (Sent(250), "sent", ""),
        (Gone(410, "unsubscribed"), "gone", "unsubscribed"),
        (Refused(550, "mailbox-refused"), "failed", "mailbox-refused"),
        (Skipped("withdrawn"), "skipped", "withdrawn"),
        (BUSY, "later", "mailbox-busy"),
        (Unknown("unanswered"), "later", "unanswered"),
        (Crashed(), "due", "crashed"),
    ],
)
def test_each_outcome_of_a_first_attempt_has_its_state(outcome: Outcome, state: State, reason: str) -> None:
    step = after(outcome)
    assert (step.state, step.reason, step.changed) == (state, reason, True)
    assert (step.due_at is not None) == (state in ("due", "later"))


def test_an_ordinary_mail_is_tried_for_four_days_at_ever_longer_waits() -> None:
    minutes = waits("mail", "ordinary")
    assert minutes[:6] == [1, 5, 15, 30, 60, 60]
    assert timedelta(days=3, hours=20) < timedelta(minutes=sum(minutes)) <= timedelta(days=4)


def test_an_emergency_mail_is_tried_soon_and_often_for_a_day() -> None:
    minutes = waits("mail", "emergency")
    assert minutes[:6] == [0.5, 1, 2, 5, 5, 5]
    assert timedelta(hours=23) < timedelta(minutes=sum(minutes)) <= timedelta(days=1, minutes=10)


def test_a_push_is_tried_five_times_within_the_hour() -> None:
    minutes = waits("push", "ordinary", Later(503, "service-trouble"))
    assert len(minutes) == 4
    assert sum(minutes) <= 60


def test_what_is_held_leaves_when_the_quiet_hours_end_and_to_the_minute() -> None:
    wakes = NOW + timedelta(hours=8, minutes=30)
    step = after(Held(wakes), attempt=5, channel="push", rng=Random(1))
    assert (step.state, step.due_at, step.reason) == ("due", wakes, "quiet-hours")
    assert after(Held(NOW - timedelta(hours=1))).due_at == NOW, "never before now"


def test_jitter_only_ever_lengthens_a_wait_and_spreads_a_herd() -> None:
    rng = Random(7)
    dues = {after(BUSY, 3, rng=rng).due_at for _ in range(200)}
    assert len(dues) > 190
    assert all(
        due is not None and timedelta(minutes=15) <= due - NOW <= timedelta(minutes=18.75) for due in dues
    )


def test_what_a_provider_asks_for_is_a_floor() -> None:
    assert after(
        Later(503, "service-trouble", timedelta(minutes=40)), channel="push"
    ).due_at == NOW + timedelta(minutes=40)
    assert after(
        Later(503, "service-trouble", timedelta(seconds=1)), channel="push"
    ).due_at == NOW + timedelta(minutes=1)


def test_a_lane_that_shuts_rests_a_minute_at_least_and_does_not_use_up_the_tries_of_a_push() -> None:
    shut = Later(421, "server-closing", whole_lane=True)
    assert lane_pause(shut, NoJitter()) == timedelta(seconds=60)
    assert lane_pause(Later(429, "slow-down", timedelta(seconds=5), True), NoJitter()) == timedelta(seconds=5)
    assert lane_pause(BUSY, NoJitter()) is None
    assert after(Later(429, "slow-down", timedelta(hours=1), True), 20, channel="push").state == "later"
    due = after(shut, 1, urgency="emergency").due_at
    assert due is not None
    assert due - NOW >= timedelta(seconds=60)


def test_a_relay_that_is_down_for_three_days_loses_no_ordinary_mail() -> None:
    shut = Later(None, "server-unreachable", timedelta(seconds=60), whole_lane=True)
    assert sum(waits("mail", "ordinary", shut)) > timedelta(days=3) / timedelta(minutes=1)


@pytest.mark.parametrize(("urgency", "least"), [("ordinary", 600), ("emergency", 60)])
def test_what_is_unknown_is_sent_again_once_and_then_shown_as_unknown(urgency: str, least: int) -> None:
    for ambiguous in (Unknown("unanswered"), Crashed(crossed=True)):
        first = after(ambiguous, urgency=urgency)
        assert (first.state, first.due_at) == ("later", NOW + timedelta(seconds=least))
        second = after(ambiguous, 2, urgency=urgency, crossed_before=True)
        assert (second.state, second.due_at) == ("unknown", None)


def test_a_message_that_keeps_killing_its_worker_is_set_aside() -> None:
    assert after(Crashed(), 4).state == "due"
    assert after(Crashed(), 5).state == "quarantined"
    assert after(Crashed(crashes=2), 40).state == "due"
    assert after(Crashed(crashes=3), 3).state == "quarantined"


OUTCOMES: tuple[Outcome, ...] = (
    Sent(250), BUSY, Gone(410, "unsubscribed"), Refused(550, "mailbox-refused"), Unknown("unanswered"),
    Skipped("withdrawn"), Crashed(), Crashed(crossed=True),
)  # fmt: skip


@pytest.mark.parametrize(("state", "outcome"), list(product(sorted(TERMINAL), OUTCOMES)))
def test_an_outcome_that_comes_after_the_end_changes_nothing(state: State, outcome: Outcome) -> None:
    assert after(outcome, state=state) == Transition(state, None, "", changed=False)


@pytest.mark.parametrize("outcome", [each for each in OUTCOMES if not isinstance(each, Skipped)])
def test_an_outcome_for_a_message_nobody_claimed_changes_nothing(outcome: Outcome) -> None:
    assert not after(outcome, state="due").changed
    assert not after(outcome, state="later").changed


def test_the_table_names_only_states_and_events_there_are_and_says_why() -> None:
    states, events = get_args(State.__value__ if hasattr(State, "__value__") else State), get_args(Event)
    for (before, event), (following, why) in TRANSITIONS.items():
        assert before in states
        assert event in events
        assert following in states
        assert why.endswith("."), "every transition has a sentence that says why"
    assert {event for _, event in TRANSITIONS} == set(events)
    assert {following for following, _ in TRANSITIONS.values()} == set(states) - {"sending"}


def test_what_has_ended_stays_ended() -> None:
    assert not {before for before, _ in TRANSITIONS} & TERMINAL


def test_every_reason_in_the_code_has_a_sentence_in_japanese() -> None:
    used: set[str] = set()
    for path in Path("notices/channels").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Later", "Gone", "Refused"):
                used |= {text.value for text in ast.walk(node.args[1]) if _is_text(text)}  # type: ignore[attr-defined]
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Unknown", "Skipped"):
                used |= {text.value for text in ast.walk(node.args[0]) if _is_text(text)}  # type: ignore[attr-defined]
    used -= {"rcpt"}
    assert {"unanswered", "vapid", "tls-missing", "mailbox-unknown"} <= used
    assert used - set(REASONS) == set(), "a leader would see a slug instead of a sentence"
    assert all(sentence.endswith("。") for sentence in REASONS.values())


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
