"""Ephemeral keys made while nothing else is to be done, so that an emergency has only to seal.

Each is for one subscription as it is now (its `p256dh` and `auth`), is given out once, and lives in memory alone:
two keys of one message would be harmless, two messages under one key would not. Safe from several threads.
"""

import threading
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final

from notices.channels import PushAddress
from notices.channels.push.encoder import Ephemeral, ephemeral
from notices.town.address_errors import PushKeysRefused

_AGE: Final = 12 * 3600.0


class KeysAhead:
    """At most `most` keys (about 230 bytes each with their place), none older than 24 hours.

    `made_by` makes one; `seconds` is a clock that only goes forward.
    """

    def __init__(
        self,
        most: int = 200_000,
        *,
        made_by: Callable[[PushAddress], Ephemeral] = ephemeral,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._made_by, self._seconds = most, made_by, seconds
        # Two generations in place of a date per key: the old one is forgotten when the young one has its age.
        self._young: dict[bytes, Ephemeral] = {}
        self._old: dict[bytes, Ephemeral] = {}
        self._since = seconds()
        self._one = threading.Lock()

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def prepare(self, addresses: Sequence[PushAddress], at_once: int) -> int:
        """Makes up to `at_once` keys for those that have none; how many it made."""
        made = 0
        for address in addresses:
            if made >= at_once or len(self) >= self._most:
                break
            try:
                made += self._make(address)
            except PushKeysRefused:
                continue
            # cryptography holds the interpreter while it works: whoever waits for it has a turn after each key.
            time.sleep(0)
        return made

    def take(self, address: PushAddress) -> Ephemeral | None:
        """The key made for this subscription, which is then nobody's any more; None where there is none."""
        place = _place(address)
        with self._one:
            self._turn()
            return self._young.pop(place, None) or self._old.pop(place, None)

    def _make(self, address: PushAddress) -> bool:
        place = _place(address)
        with self._one:
            self._turn()
            if place in self._young or place in self._old:
                return False
        key = self._made_by(address)
        with self._one:
            self._young[place] = key
        return True

    def _turn(self) -> None:
        now = self._seconds()
        if (age := now - self._since) >= _AGE:
            # The next generation begins when the young one had its age: counted from now, this one would live longer.
            self._old = self._young if age < 2 * _AGE else {}
            self._young, self._since = {}, self._since + _AGE if age < 2 * _AGE else now


def _place(address: PushAddress) -> bytes:
    return blake2b(f"{address.p256dh} {address.auth}".encode(), digest_size=16).digest()
