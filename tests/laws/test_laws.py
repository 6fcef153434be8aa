"""The eleven laws, walked over real HTTP on both databases, with servers that are killed and databases that go back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.laws.killing import Killing
from tests.laws.servers import ToyServer
from tests.laws.walk import walk


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
        walk(running, examples=5)


@pytest.mark.slow
def test_laws_1_to_11_hold_on_sqlite(sqlite_database: str, tmp_path: Path) -> None:
    with servers(sqlite_database, tmp_path) as running:
        walk(running, examples=40)


def test_laws_1_to_11_hold_on_two_processes_and_postgresql(postgresql_database: str, tmp_path: Path) -> None:
    with servers(postgresql_database, tmp_path, count=2) as running:
        walk(running, examples=30)


@pytest.mark.slow
def test_laws_3_and_8_hold_where_the_server_is_killed_and_the_database_goes_back(
    sqlite_database: str, tmp_path: Path
) -> None:
    with servers(sqlite_database, tmp_path) as running:
        walk(running, machine=Killing, examples=6)


def test_laws_3_and_8_hold_where_one_of_two_processes_is_killed(
    postgresql_database: str, tmp_path: Path
) -> None:
    with servers(postgresql_database, tmp_path, count=2) as running:
        walk(running, machine=Killing, examples=5)
