"""Keys made ahead: each for one subscription as it is now, each given out once, none for ever."""

import threading
from collections import Counter
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from notices.channels import PushAddress
from notices.channels.push import encoder
from notices.channels.push.ahead import KeysAhead
from notices.town.address_errors import PushKeysRefused
from server.sinks.decrypt import decrypted
from tests.notices.test_push_encoder import ADDRESS, AUTH, KEY

HOUR = 3600.0


def phone(number: int, turn: int = 0) -> PushAddress:
    """The same endpoint with other keys at every `turn`, as after a new subscription."""
    return PushAddress(f"https://push.example.jp/{number}", f"point {number} {turn}", f"auth {turn}")


class AnyCourse(RuleBasedStateMachine):
    """Preparing, sending, subscribing anew and the passing of time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.turns: Counter[int] = Counter()
        self.made: dict[bytes, tuple[PushAddress, float]] = {}
        self.given: list[bytes] = []
        self.numbers = count()
        self.keys = KeysAhead(6, made_by=self.make, seconds=lambda: self.now)

    def make(self, address: PushAddress) -> bytes:
        key = next(self.numbers).to_bytes(97, "big")
        self.made[key] = address, self.now
        return key

    def current(self, number: int) -> PushAddress:
        return phone(number, self.turns[number])

    @rule(numbers=st.lists(st.integers(0, 9), max_size=8), at_once=st.integers(0, 5))
    def idle(self, numbers: list[int], at_once: int) -> None:
        before = len(self.keys)
        made = self.keys.prepare([self.current(number) for number in numbers], at_once)
        assert made <= at_once
        assert len(self.keys) <= before + made

    @rule(number=st.integers(0, 9))
    def send(self, number: int) -> None:
        key = self.keys.take(self.current(number))
        if key is not None:
            address, since = self.made[key]
            assert address == self.current(number), "never a key of the old subscription, or of another's"
            assert self.now - since <= 24 * HOUR
            self.given.append(key)

    @rule(number=st.integers(0, 9))
    def subscribe_anew(self, number: int) -> None:
        self.turns[number] += 1

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.now += hours * HOUR

    @invariant()
    def no_key_is_given_out_twice(self) -> None:
        assert len(set(self.given)) == len(self.given)

    @invariant()
    def memory_is_bounded(self) -> None:
        assert len(self.keys) <= 6


TestAnyCourse = AnyCourse.TestCase
TestAnyCourse.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_many_threads_at_once_get_each_key_once() -> None:
    addresses = [phone(number) for number in range(200)]
    numbers = count()
    keys = KeysAhead(made_by=lambda _: next(numbers).to_bytes(97, "big"))
    given: list[bytes] = []

    def work() -> None:
        for address in addresses * 3:
            keys.prepare([address], 1)
            if (key := keys.take(address)) is not None:
                given.append(key)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(given)) == len(given) > 0


def test_a_key_made_ahead_opens_like_any_other() -> None:
    keys = KeysAhead()
    assert keys.prepare([ADDRESS], 10) == 1
    key = keys.take(ADDRESS)
    assert key is not None
    assert len(key) == 97
    assert decrypted(encoder.sealed(key, b"x" * 600), KEY, AUTH) == b"x" * 600
    assert keys.take(ADDRESS) is None


@given(st.integers(0, 3))
def test_a_broken_subscription_stops_nobody(place: int) -> None:
    def made(address: PushAddress) -> bytes:
        if address == broken:
            raise PushKeysRefused
        return bytes(97)

    addresses = [phone(number) for number in range(4)]
    broken = addresses[place]
    keys = KeysAhead(made_by=made)
    assert keys.prepare(addresses, 10) == 3
    assert keys.take(broken) is None


@pytest.mark.parametrize(("hours", "there"), [(11, True), (13, True), (25, False), (100, False)])
def test_a_key_is_forgotten_after_a_day_at_most(hours: int, there: bool) -> None:
    now = [0.0]
    keys = KeysAhead(made_by=lambda _: bytes(97), seconds=lambda: now[0])
    keys.prepare([phone(1)], 1)
    now[0] = hours * HOUR
    assert (keys.take(phone(1)) is not None) is there


def test_a_key_is_forgotten_after_a_day_whenever_others_were_asked_for_in_between() -> None:
    now = [0.0]
    keys = KeysAhead(made_by=lambda _: bytes(97), seconds=lambda: now[0])
    keys.prepare([phone(0)], 1)
    now[0] = 21 * HOUR
    keys.take(phone(1))
    now[0] = 25 * HOUR
    assert keys.take(phone(0)) is None
