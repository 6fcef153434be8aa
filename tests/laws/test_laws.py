"""The eleven laws, walked over real HTTP on both databases, with servers that are killed and databases that go back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.laws.killing import Killing
from tests.laws.servers import ToyServer
from tests.laws.walk import WALKS, walk


@contextmanager
def servers(url: str, folder: Path, count: int = 1) -> Iterator[Sequence[ToyServer]]:
    running: list[ToyServer] = []
    try:
        for _ in range(count):
            running.append(ToyServer(url, folder))
        yield running
    finally:
        for server in running:
            server.stop()


def test_laws_1_to_11_hold_on_a_short_walk(sqlite_database: str, tmp_path: Path) -> None:
    with servers(sqlite_database, tmp_path) as running:
        walk(running, examples=1)


@pytest.mark.slow
def test_laws_1_to_11_hold_on_sqlite(sqlite_database: str, tmp_path: Path) -> None:
    with servers(sqlite_database, tmp_path) as running:
        walk(running, examples=WALKS)


def test_laws_1_to_11_hold_on_two_processes_and_postgresql(postgresql_database: str, tmp_path: Path) -> None:
    with servers(postgresql_database, tmp_path, count=2) as running:
        walk(running, examples=10)


@pytest.mark.slow
def test_laws_3_and_8_hold_where_the_server_is_killed_and_the_database_goes_back(
    sqlite_database: str, tmp_path: Path
) -> None:
    with servers(sqlite_database, tmp_path) as running:
        walk(running, machine=Killing, examples=3)


def test_laws_3_and_8_hold_where_one_of_two_processes_is_killed(
    postgresql_database: str, tmp_path: Path
) -> None:
    with servers(postgresql_database, tmp_path, count=2) as running:
        walk(running, machine=Killing, examples=3)


@pytest.mark.slow
def test_law_7_a_database_put_back_by_hand_ends_the_epoch_and_phones_send_again_what_they_still_have(
    sqlite_database: str, tmp_path: Path
) -> None:
    """The one act that a random walk may leave out, step by step."""
    with servers(sqlite_database, tmp_path) as running:
        walked = type("Walked", (Killing,), {"servers": running})()
        walked.make_a_backup_by_hand()
        walked.write(who=0, note="b.1", v=2, seen=False, how="online")
        walked.write(who=2, note="o.1", v=1, seen=True, how="answer lost")
        walked.edit(note="b.2", v=1)
        for phone in walked.phones:
            phone.page(200)
        epoch = walked.world.latest.epoch
        walked.put_the_backup_back_by_hand()
        assert walked.world.latest.epoch > epoch, "law 7: a database that went back goes on in the same epoch"
        walked.teardown()
        assert walked.world.truth["o.1"] == 1, "law 3: what the phone still had was not sent again"
