"""A push service as we meet it: its width, its rest, its opinion of our key; and what it never learns of whom."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from notices.channels import Push
from notices.channels.push.batch import Batch
from notices.channels.push.lane import KEY_REFUSED, Job, Lane
from notices.outcomes import Gone, Later, Outcome, Refused, Sent
from server.sinks.push import PushSink
from tests.notices.letters import NOW, push

VAPID = Refused(403, "vapid")
SENT = Sent(201)


@pytest.fixture
def sink() -> PushSink:
    sink = PushSink(seed=b"lane")
    sink.origin = "https://push.example.jp"
    return sink


def job(lane: Lane, sink: PushSink, name: str, *, http2: bool = True, emergency: bool = False) -> Job:
    async def settle(_answers: Sequence[tuple[str, Outcome]]) -> None: ...

    message: Push = replace(push(sink.subscribe(name)), urgency="emergency" if emergency else "ordinary")
    made = Job(message, Batch(settle, 1), lane)
    made.http2, made.status = http2, 201
    return made


class Meeting:
    """One lane and its answers, a second apart."""

    def __init__(self, sink: PushSink, most: int = 800) -> None:
        self.lane, self.sink, self.now = Lane(sink.origin, most), sink, NOW

    def answers(self, outcome: Outcome, name: str = "hanako", **kinds: Any) -> Outcome:
        self.now += timedelta(seconds=1)
        return self.lane.learn(job(self.lane, self.sink, name, **kinds), outcome, self.now)

    @property
    def width(self) -> int:
        return self.lane.health(self.now).width


async def test_one_bad_subscription_among_many_answers_for_itself(sink: PushSink) -> None:
    meeting = Meeting(sink)
    for number in range(20):
        assert meeting.answers(SENT, f"p{number}") == SENT
    assert [meeting.answers(VAPID) for _ in range(3)] == [VAPID] * 3
    assert not meeting.lane.health(NOW).key_refused


async def test_a_lone_subscription_that_is_refused_says_nothing_of_our_key(sink: PushSink) -> None:
    meeting = Meeting(sink)
    assert [meeting.answers(VAPID) for _ in range(3)] == [VAPID] * 3


async def test_more_than_a_fifth_refused_is_our_key_and_counts_against_nobody(
    sink: PushSink, caplog: pytest.LogCaptureFixture
) -> None:
    meeting = Meeting(sink)
    for number in range(8):
        meeting.answers(SENT, f"p{number}")
    assert [meeting.answers(VAPID, f"q{number}") for number in range(3)] == [VAPID, VAPID, KEY_REFUSED]
    assert [meeting.answers(VAPID, f"r{number}") for number in range(20)] == [KEY_REFUSED] * 20
    assert meeting.lane.health(meeting.now).key_refused
    assert caplog.text.count("refuses our key") == 1, "one alarm, not one per message"
    assert "push.example.jp refuses" in caplog.text
    assert "/push/" not in caplog.text, "an endpoint is an address of somebody"


async def test_a_key_that_is_known_again_is_believed(sink: PushSink) -> None:
    meeting = Meeting(sink)
    for number in range(10):
        meeting.answers(VAPID, f"p{number}")
    assert meeting.answers(VAPID, "x") == KEY_REFUSED
    for number in range(60):
        meeting.answers(SENT, f"p{number}")
    assert not meeting.lane.health(meeting.now).key_refused
    assert meeting.answers(VAPID, "x") == VAPID


async def test_what_was_said_an_hour_ago_is_forgotten(sink: PushSink) -> None:
    meeting = Meeting(sink)
    for number in range(10):
        meeting.answers(VAPID, f"p{number}")
    meeting.now += timedelta(hours=2)
    assert meeting.answers(VAPID, "x") == VAPID


async def test_a_lane_rests_as_long_as_it_was_told_and_a_clock_may_run_on(sink: PushSink) -> None:
    meeting = Meeting(sink)
    meeting.answers(Later(429, "slow-down", timedelta(seconds=30), True))
    until = meeting.now + timedelta(seconds=30)
    assert meeting.lane.health(meeting.now).paused_until == until
    rest = meeting.lane.rest(meeting.now + timedelta(seconds=10))
    assert rest == Later(429, "lane-paused", timedelta(seconds=20), True)
    assert meeting.lane.rest(until) is None


async def test_a_service_that_answers_gets_more_at_once_and_one_that_hangs_little(sink: PushSink) -> None:
    meeting = Meeting(sink)
    assert meeting.width == 50
    for _ in range(500):
        meeting.answers(Gone(410, "unsubscribed"))
    assert meeting.width == 400
    for _ in range(10):
        meeting.answers(Later(None, "service-silent"))
    assert meeting.width == 4
    for _ in range(10):
        meeting.answers(SENT)
    assert meeting.width == 14


async def test_over_http_1_it_stays_at_what_so_many_connections_carry(sink: PushSink) -> None:
    meeting = Meeting(sink)
    for _ in range(100):
        meeting.answers(SENT, http2=False)
    assert meeting.width == 50


async def test_an_emergency_goes_first_and_where_others_must_wait(sink: PushSink) -> None:
    lane = Lane(sink.origin, 800)
    ordinary, urgent = job(lane, sink, "a"), job(lane, sink, "b", emergency=True)
    lane.ordinary.append(ordinary)
    lane.urgent.append(urgent)
    lane.under_way = 50
    assert lane.next_ordinary() is None
    assert lane.next_urgent() is urgent
    lane.under_way = 49
    assert lane.next_ordinary() is ordinary
