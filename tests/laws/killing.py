"""The walk, with a server that dies under its clients and, on SQLite, a database that is put back by hand."""

from __future__ import annotations

import copy
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy.engine import make_url

from tests.laws.servers import Down
from tests.laws.walk import NOTE, WHO, V, Walk

MOST = 2
"""Kills in one walk: a start costs a second or two."""
_TOLD = ("truth", "homes", "officers", "left", "deeds", "known", "revoked")
"""What a world knows of a database, and forgets with it."""


class Killing(Walk):
    def __init__(self) -> None:
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

    @precondition(lambda self: self.on_sqlite and self.kept is None)
    @rule()
    def make_a_backup_by_hand(self) -> None:
        """As an operator does who copies the file while nothing runs."""
        self.kills += 1
        self.servers[0].stop()
        shutil.copyfile(self._file, self._copy)
        self.kept = {name: copy.deepcopy(getattr(self.world, name)) for name in _TOLD}
        self.kept["answered"] = [(phone.device, dict(phone.outbox.answered)) for phone in self.phones]
        self._start_again()

    @precondition(lambda self: self.on_sqlite and self.kept is not None)
    @rule()
    def put_the_backup_back_by_hand(self) -> None:
        """Phones then hold what the database never heard of. They start over, and send again what they still have."""
        assert self.kept is not None
        self.servers[0].stop()
        for suffix in ("-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self._copy, self._file)
        kept, self.kept = self.kept, None
        before = self.world.latest.epoch
        for name in _TOLD:
            setattr(self.world, name, kept[name])
        self._start_again()
        for phone, (device, answered) in zip(self.phones, kept["answered"], strict=True):
            if phone.device == device:
                phone.outbox.answered, phone.outbox.sent = answered, []
            else:
                phone.enrol()
        if self.world.latest.epoch != before:
            self.world.epochs += 1
        self.world.floors_raised += 1

    @property
    def on_sqlite(self) -> bool:
        return self.servers[0].database_url.startswith("sqlite")

    @property
    def _file(self) -> Path:
        return Path(make_url(self.servers[0].database_url).database or "")

    @property
    def _copy(self) -> Path:
        return self._file.with_name("backup.db")

    def _start_again(self) -> None:
        self.servers[0].start()
        self.world.reconnect()
        for phone in self.phones:
            phone.reconnect()
        self.world.look()
