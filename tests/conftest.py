"""Fixtures. `database_url` runs a test on SQLite and on PostgreSQL, on an empty, migrated database of its own."""

import faulthandler
import gc
import os
import shutil
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from server.migrate import upgrade
from tests import dialects, postgres
from tests.databases import Databases

JOURNEYS = Path(__file__).parent / "journeys"
LONGEST = ("test_laws.py", "test_a_minute_of_kills.py")
"""Half a minute and more a test: first, or one worker would be at them when the others have nothing left to take over."""
POSTGRESQL = {"postgres_url", "postgresql_database", "sync_postgresql"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "cut", "seconds more than `timeout` for a test that cannot even be failed, and for taking down"
    )


def pytest_configure() -> None:
    """A test's SQLite file is written with every fsync of a real one, and a slow disk would be what is measured."""
    if memory := postgres.place():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory)
    dialects.share()
    # Before pytest catches what is written there.
    global _stderr
    _stderr = os.dup(2)


_stderr = 2


def _end_after(seconds: float) -> None:
    """The process, with all its stacks; xdist says in which test, and goes on with the next."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=_stderr)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    longer = item.get_closest_marker("timeout")
    limit = longer.args[0] if longer else item.config.getini("timeout")
    _end_after(float(limit) + float(item.config.getini("cut")))
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """After a failure neither pytest-timeout nor pytest itself watches any more, and a test that hung may do so again."""
    _end_after(float(item.config.getini("cut")))
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs on PostgreSQL, and every journey, is for `make test`, except where a module or test says `everyday`; of a
    journey on PostgreSQL the test itself must say so: it takes three times as long there, and mostly says the same."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
    for item in items:
        on_postgresql, journey = runs_on_postgresql(item), JOURNEYS in item.path.parents
        marks = item.own_markers if on_postgresql and journey else list(item.iter_markers())
        if (on_postgresql or journey) and not any(mark.name == "everyday" for mark in marks):
            item.add_marker(pytest.mark.slow)


def runs_on_postgresql(item: pytest.Item) -> bool:
    params = getattr(getattr(item, "callspec", None), "params", {})
    return "postgresql" in params.values() or not POSTGRESQL.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_collection_finish() -> None:
    """What was imported stays for good: walking it in every garbage collection took a sixth of the run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for this process, or the one KAIRAN_TEST_POSTGRES names (a superuser's URL)."""
    if given := os.environ.get("KAIRAN_TEST_POSTGRES"):
        yield given
        return
    server = postgres.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def databases(postgres_url: str) -> Iterator[Databases]:
    databases = Databases(postgres_url)
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def postgresql_template(databases: Databases) -> Iterator[str]:
    url = databases.create()
    upgrade(url)
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, complete without its write-ahead log."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def postgresql_database(databases: Databases, postgresql_template: str) -> Iterator[str]:
    url = databases.create(copy_of=postgresql_template)
    yield url
    databases.drop(url)


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'kairan.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    # Asked for by name, so that a run on SQLite alone starts no server.
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that did not run has shown nothing: a skip counts as a failure."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
    return report
