"""The walk, beside a streaming replica that takes the long reads and is held back now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.laws.client import Client, Held
from tests.laws.walk import AT, SCOPE, WHO, Walk
from tests.standby import Standby

MANY = st.sampled_from([3, 200])
"""Records of a page that the replica is asked for; of a shorter one the primary is."""
SHOWS = 0.2
"""Seconds in which a server that does not wait for its replica has answered."""


class Lagging(Walk):
    replica: Standby

    def __init__(self) -> None:
        super().__init__()
        self.stayed = False

    @rule(who=WHO, at=AT, limit=MANY, scope=SCOPE, out=st.booleans())
    def read_while_it_catches_up(self, who: int, at: int, limit: int, scope: str, out: bool) -> None:
        """What is told stands now, and not when the replica was last let go on."""
        phone, act = self._act(who, scope, out)
        with self._held():
            act()
            with ThreadPoolExecutor(1) as pool:
                page = pool.submit(phone.page, limit, at=at)
                wait([page], SHOWS)
                asyncio.run(self.replica.go_on())
                page.result()
        phone.finish(limit, at)

    @precondition(lambda self: not self.stayed)
    @rule(who=WHO, at=AT, limit=MANY, scope=SCOPE, out=st.booleans())
    def read_while_it_stays_behind(self, who: int, at: int, limit: int, scope: str, out: bool) -> None:
        """It costs a second, so a walk has one of these: the primary does it all."""
        self.stayed = True
        phone, act = self._act(who, scope, out)
        with self._held():
            act()
            phone.finish(limit, at)

    def _act(self, who: int, scope: str, out: bool) -> tuple[Client, Callable[[], None]]:
        """A phone that is about to read all there is, and what its replica does not know then."""
        phone, note = self.phones[who], f"{scope[0]}.1"
        self.let_in_or_out(phone.person, scope, True)
        self.world.edit(note, next(self._fresh))
        phone.send()
        phone.held = Held(excused=phone.held.excused)
        if out:
            return phone, lambda: self.let_in_or_out(phone.person, scope, False)
        return phone, lambda: self.world.edit(note, next(self._fresh))

    @contextmanager
    def _held(self) -> Iterator[None]:
        asyncio.run(self.replica.hold())
        try:
            yield
        finally:
            asyncio.run(self.replica.go_on())


def behind(replica: Standby) -> type[Lagging]:
    return type("Behind", (Lagging,), {"replica": replica})
