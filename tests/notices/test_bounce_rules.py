"""When a mailbox is written to no more, and what it takes even then."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices import ids
from notices.bounces import return_path, rules
from notices.bounces.rules import Failure, Health, after
from notices.ledger.reasons import REASONS
from notices.models import Address
from notices.outcomes import Gone, Later, Outcome, Refused, Sent, State
from notices.planning.carried import takes, why_not
from notices.tokyo import today
from notices.vault import Vault

MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""10 o'clock in Tokyo."""
LIVE = Health("live", None)
VAULT = Vault(encryption={1: bytes(32)}, newest=1, look_up=b"k" * 32)
DOMAIN = "bounce.example.jp"


def after_all(failure: Failure, *hours: float, health: Health = LIVE) -> Health:
    for each in hours:
        health = after(health, failure, MORNING + timedelta(hours=each))
    return health


def test_one_hard_failure_suppresses_nobody() -> None:
    assert after_all("hard", 0).state == "live"


def test_ten_hard_failures_on_one_day_suppress_nobody() -> None:
    assert after_all("hard", *range(10)).state == "live"


def test_hard_failures_on_two_days_suppress() -> None:
    found = after_all("hard", 0, 24)
    assert (found.state, found.reason) == ("suppressed", "bounced")


def test_the_day_is_tokyos() -> None:
    late = datetime(2026, 11, 20, 14, 59, tzinfo=UTC)  # 23:59
    once = after(LIVE, "hard", late)
    assert once.hard_on == date(2026, 11, 20)
    assert after(once, "hard", late + timedelta(minutes=2)).state == "suppressed"
    assert after(once, "hard", late - timedelta(hours=14)).state == "live", "the same day, by Tokyo's clock"


def test_a_hard_failure_of_last_year_is_forgotten() -> None:
    found = after_all("hard", 0, 24 * 200)
    assert found.state == "live"
    assert after(found, "hard", MORNING + timedelta(days=201)).state == "suppressed"


def test_soft_failures_suppress_after_five_days_in_a_row_and_fade() -> None:
    days = [24.0 * day for day in range(5)]
    assert after_all("soft", *days[:4]).state == "live"
    tired = after_all("soft", *days)
    assert (tired.state, tired.reason) == ("suppressed", "bounced-softly")
    assert not rules.may_try_again(tired, MORNING + timedelta(days=10))
    assert rules.may_try_again(tired, MORNING + timedelta(days=20))


def test_many_soft_failures_of_one_day_count_once() -> None:
    assert after_all("soft", *range(12)) == after_all("soft", 0)


def test_a_soft_failure_a_month_never_suppresses() -> None:
    assert after_all("soft", *(24.0 * 30 * month for month in range(24))).state == "live"


def test_a_complaint_suppresses_at_once_and_two_hard_failures_weigh_more() -> None:
    complained = after(LIVE, "complaint", MORNING)
    assert (complained.state, complained.reason) == ("suppressed", "complained")
    assert after_all("soft", *range(0, 240, 24), health=complained).reason == "complained"
    assert after_all("hard", 0, 24, health=complained).reason == "bounced"
    bounced = after_all("hard", 0, 24)
    assert after(bounced, "complaint", MORNING).reason == "bounced"


@pytest.mark.parametrize("state", ["off", "gone"])
@pytest.mark.parametrize("failure", ["hard", "soft", "complaint"])
def test_what_is_off_for_a_reason_of_its_own_stays_so(state: str, failure: Failure) -> None:
    found = after_all(failure, *range(0, 480, 24), health=replace(LIVE, state=state, reason="replaced"))
    assert (found.state, found.reason) == (state, "replaced")


@given(
    st.lists(st.tuples(st.sampled_from(["hard", "soft", "complaint"]), st.floats(-500, 9000)), max_size=30)
)
def test_no_order_of_failures_breaks_the_rules(story: list[tuple[Failure, float]]) -> None:
    health, hard_days = LIVE, set()
    for failure, hours in story:
        at = MORNING + timedelta(hours=hours)
        health = after(health, failure, at)
        hard_days |= {today(at)} if failure == "hard" else set()
        assert health.state in ("live", "suppressed")
        if health.reason == "bounced":
            assert len(hard_days) > 1
        assert 0 <= health.score < 12


@pytest.mark.parametrize(
    ("channel", "outcome", "became", "failure"),
    [
        ("mail", Gone(550, "mailbox-unknown"), "gone", "hard"),
        ("push", Gone(410, "unsubscribed"), "gone", None),
        ("mail", Later(450, "mailbox-busy"), "failed", "soft"),
        ("mail", Later(450, "mailbox-busy"), "later", None),
        ("mail", Later(None, "server-unreachable"), "failed", None),
        ("mail", Refused(554, "content-refused"), "failed", None),
        ("mail", Sent(250), "sent", None),
    ],
)
def test_a_refusal_in_the_dialogue_counts_by_the_same_rules(
    channel: str, outcome: Outcome, became: State, failure: Failure | None
) -> None:
    assert rules.failure_of(channel, outcome, became) == failure


@pytest.mark.parametrize(
    ("state", "reason", "ordinary", "emergency"),
    [
        ("live", None, True, True),
        ("suppressed", "bounced-softly", False, True),
        ("suppressed", "complained", False, True),
        ("suppressed", "bounced", False, False),
        ("off", "stopped", False, True),
        ("off", "stopped-wholly", False, False),
        ("off", "replaced", False, False),
        ("gone", "unsubscribed", False, False),
    ],
)
def test_an_emergency_goes_where_anybody_may_still_read_it(
    state: str, reason: str | None, ordinary: bool, emergency: bool
) -> None:
    address = Address(channel="mail", state=state, reason=reason)
    assert takes(address, "ordinary", "events") is takes(address, "urgent", "events") is ordinary
    assert takes(address, "emergency", "events") is emergency
    assert why_not(address) in REASONS


def test_a_topic_that_was_stopped_is_not_sent_but_in_an_emergency() -> None:
    address = Address(channel="mail", state="live", stopped_topics=["events"])
    assert not takes(address, "ordinary", "events")
    assert takes(address, "ordinary", "garbage")
    assert takes(address, "emergency", "events")
    assert why_not(address) == "stopped-topic"


def test_a_return_path_says_of_which_message_and_fits() -> None:
    for tenant in ("hana", "h", "HANA-123"):
        message = ids.new_id()
        made = return_path.made_for(VAULT, DOMAIN, tenant, message)
        local = made.partition("@")[0]
        assert len(local) <= 64
        assert local == local.lower()
        for seen in (made, made.upper(), f"<{made}>", local.upper() + "@" + DOMAIN):
            assert return_path.message_of(VAULT, DOMAIN, seen) == (tenant, message)


@given(st.integers(0, 60), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567-=.あ"))
def test_a_return_path_with_one_other_letter_is_not_ours(place: int, letter: str) -> None:
    made = return_path.made_for(VAULT, DOMAIN, "hana", "AZqxMvqQcAOAAAAAAAAAAA")
    forged = made[:place] + letter + made[place + 1 :]
    assert forged == made or return_path.message_of(VAULT, DOMAIN, forged) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "b-@bounce.example.jp",
        "x@bounce.example.jp",
        "b-" + "a" * 500 + "@" + DOMAIN,
        "b-aa@example.jp",
    ],
)
def test_what_is_no_return_path_is_none(address: str) -> None:
    assert return_path.message_of(VAULT, DOMAIN, address) is None


def test_another_houses_key_or_no_domain_opens_nothing() -> None:
    made = return_path.made_for(VAULT, DOMAIN, "hana", ids.new_id())
    other = replace(VAULT, look_up=b"o" * 32)
    assert return_path.message_of(other, DOMAIN, made) is None
    assert return_path.message_of(VAULT, "", made) is None
