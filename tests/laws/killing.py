"""The walk, with a server that dies under its clients, and a database that is put back by hand."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.laws.backups import backup_of
from tests.laws.servers import Down, ToyServer
from tests.laws.walk import NOTE, WHO, V, Walk

MOST = 2
"""Kills in one walk: a start costs a second or two."""
_TOLD = ("truth", "homes", "officers", "left", "deeds", "known", "revoked")
"""What a world knows of a database, and forgets with it."""


class Killing(Walk):
    def __init__(self) -> None:
        self.backup = backup_of(self.servers[0].database_url)
        super().__init__()
        self.kills = 0
        self.kept: dict[str, Any] | None = None

    @precondition(lambda self: self.kills < MOST)
    @rule(who=WHO, note=NOTE, v=V | st.none(), wait=st.sampled_from([0.0, 0.002, 0.01]))
    def die_under_a_push(self, who: int, note: str, v: int | None, wait: float) -> None:
        """SIGKILL while a push is on its way: what it did, if anything, it did once; the phone sends it again."""
        self.kills += 1
        phone = self.phones[who]
        phone.outbox.write(note, v, None)
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(self._push, who)
            with suppress(TimeoutError):
                sent.result(wait)
            self.servers[0].kill()
        self._start_again()
        phone.send_again()

    def _push(self, who: int) -> None:
        phone = self.phones[who]
        try:
            phone.push({"mutations": phone.outbox.batch()})
        except Down:
            return

    @precondition(lambda self: self.kept is None)
    @rule()
    def make_a_backup_by_hand(self) -> None:
        """As an operator does who copies the database while nothing runs."""
        self.kills += 1
        self._stop()
        self.backup.make()
        self.kept = {name: copy.deepcopy(getattr(self.world, name)) for name in _TOLD}
        self.kept["length"] = self._length
        self.kept["answered"] = [(phone.device, dict(phone.outbox.answered)) for phone in self.phones]
        self._start_again()

    @precondition(lambda self: self.kept is not None)
    @rule()
    def put_the_backup_back_by_hand(self) -> None:
        """Phones then hold what the database never heard of. They start over, and send again what they still have."""
        assert self.kept is not None
        self._stop()
        self.backup.put_back()
        kept, self.kept = self.kept, None
        before, longer = self.world.latest.epoch, self._length > kept["length"]
        for name in _TOLD:
            setattr(self.world, name, kept[name])
        self._start_again()
        for phone, (device, answered) in zip(self.phones, kept["answered"], strict=True):
            if phone.device == device:
                phone.outbox.answered, phone.outbox.sent = answered, []
            else:
                phone.enrol()
        ended = self.world.latest.epoch != before
        assert ended or not longer, "law 7: a database that went back goes on in the same epoch"
        self.world.epochs += ended
        self.world.floors_raised += 1

    @property
    def _length(self) -> int:
        return sum(scope["head"] for scope in self.world.latest.scopes.values())

    def _stop(self) -> None:
        for server in self.servers:
            server.stop()

    def _start_again(self) -> None:
        for server in self.servers:
            if not server.runs:
                server.start()
        self.world.reconnect()
        for phone in self.phones:
            phone.reconnect()
        self.world.look()

    def _close(self) -> None:
        super()._close()
        self.backup.drop()


def go_back(servers: Sequence[ToyServer]) -> None:
    """The one act that a random walk may leave out, step by step."""
    walked = type("Walked", (Killing,), {"servers": servers})()
    try:
        _go_back(walked)
    except BaseException:
        walked._close()
        raise


def _go_back(walked: Killing) -> None:
    walked.make_a_backup_by_hand()
    walked.write(who=0, note="b.1", v=2, seen=False, how="online")
    walked.write(who=2, note="o.1", v=1, seen=True, how="answer lost")
    walked.edit(note="b.2", v=1)
    for phone in walked.phones:
        phone.page(200)
    walked.put_the_backup_back_by_hand()
    walked.teardown()
    assert walked.world.truth["o.1"] == 1, "law 3: what the phone still had was not sent again"
