"""When a message may leave: every hour of a week against what a person wished."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from notices.ladder.hours import Slot, Wishes, next_digest, out_of_quiet, slot
from notices.tokyo import TOKYO

START = datetime(2026, 11, 20, 1, 7, tzinfo=UTC)  # a Friday, 10:07 in Tokyo
DAYS = [[START + timedelta(days=day, hours=hour) for hour in range(24)] for day in range(7)]
NIGHT = Wishes(quiet_from=22 * 60, quiet_to=6 * 60 + 30)
NAP = Wishes(quiet_from=13 * 60, quiet_to=15 * 60)
DAILY = Wishes(digest="daily", digest_hour=18)
WEEKLY = Wishes(digest="weekly", digest_hour=9, digest_day=5)
NEVER = Wishes()


def minute(at: datetime) -> int:
    local = at.astimezone(TOKYO)
    return local.hour * 60 + local.minute


@pytest.mark.parametrize("day", DAYS)
def test_quiet_hours_move_a_message_to_their_end_and_never_back(day: Sequence[datetime]) -> None:
    for now in day:
        for wishes, inside in (
            (NIGHT, minute(now) >= 22 * 60 or minute(now) < 6 * 60 + 30),
            (NAP, 13 * 60 <= minute(now) < 15 * 60),
            (NEVER, False),
        ):
            at = out_of_quiet(wishes, now)
            if inside:
                assert minute(at) == wishes.quiet_to
                assert now < at < now + timedelta(hours=24)
            else:
                assert at == now


@pytest.mark.parametrize("day", DAYS)
def test_a_digest_is_the_next_time_of_its_kind(day: Sequence[datetime]) -> None:
    for now in day:
        daily, weekly = next_digest(DAILY, now), next_digest(WEEKLY, now)
        assert now < daily <= now + timedelta(days=1)
        assert minute(daily) == 18 * 60
        assert now < weekly <= now + timedelta(days=7)
        assert (minute(weekly), weekly.astimezone(TOKYO).weekday()) == (9 * 60, 5)


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("wishes", [NIGHT, NAP, DAILY, WEEKLY, NEVER])
def test_an_emergency_heeds_nothing(wishes: Wishes, day: Sequence[datetime]) -> None:
    for now in day:
        assert slot(wishes, "emergency", now, None, may_bundle=True) == Slot(now)


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("wishes", [NIGHT, NAP, DAILY, WEEKLY, NEVER])
def test_what_is_urgent_is_never_bundled_and_waits_for_the_morning_only(
    wishes: Wishes, day: Sequence[datetime]
) -> None:
    for now in day:
        assert slot(wishes, "urgent", now, None, may_bundle=True) == Slot(out_of_quiet(wishes, now))
        ends = out_of_quiet(wishes, now) + timedelta(minutes=30)
        assert slot(wishes, "urgent", now, ends, may_bundle=True) == Slot(now), "it would come too late"


def test_a_digest_holds_nothing_beyond_the_evening_before_it_ends() -> None:
    at = next_digest(WEEKLY, START)
    eve = at.astimezone(TOKYO).replace(hour=18)
    for ends, held in ((eve + timedelta(days=1), True), (eve + timedelta(hours=1), False), (None, True)):
        assert slot(WEEKLY, "ordinary", START, ends, may_bundle=True) == Slot(at if held else START, held)
    assert slot(WEEKLY, "ordinary", START, None, may_bundle=False) == Slot(START), "a step of the ladder"


def test_a_digest_that_falls_into_quiet_hours_comes_at_their_end() -> None:
    wishes = Wishes(quiet_from=12 * 60, quiet_to=19 * 60, digest="daily", digest_hour=18)
    assert minute(slot(wishes, "ordinary", START, None, may_bundle=True).at) == 19 * 60
