"""The eleven laws, walked over real HTTP on both databases, with servers that are killed and databases that go back."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.laws.killing import Killing, go_back
from tests.laws.lagging import behind
from tests.laws.servers import ToyServer
from tests.laws.walk import WALKS, walk
from tests.standby import beside


@contextmanager
def servers(
    url: str, folder: Path, count: int = 1, replica: str | None = None
) -> Iterator[Sequence[ToyServer]]:
    running: list[ToyServer] = []
    try:
        for _ in range(count):
            running.append(ToyServer(url, folder, replica=replica))
        yield running
    finally:
        for server in running:
            server.stop()


@pytest.mark.slow
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
    database_url: str, tmp_path: Path
) -> None:
    count = 1 if database_url.startswith("sqlite") else 2
    with servers(database_url, tmp_path, count=count) as running:
        go_back(running)


@pytest.mark.slow
def test_laws_1_to_11_hold_where_long_reads_go_to_a_replica_that_lags(
    postgresql_database: str, postgres_url: str, tmp_path: Path
) -> None:
    with beside(postgresql_database, postgres_url) as replica:
        address = replica.url(str(make_url(postgresql_database).database))
        with servers(postgresql_database, tmp_path, count=2, replica=address) as running:
            walk(running, machine=behind(replica), examples=6)
            assert asyncio.run(replica.readers()) > 1, "the replica was not read"
