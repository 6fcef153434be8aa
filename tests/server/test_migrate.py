"""`kairan migrate` changes the database that is there, and never begins one: a town would be gone without a word."""

import sqlite3
from contextlib import closing

import pytest
from alembic.script import ScriptDirectory

from server import migrate
from tests.databases import Databases
from tests.server.commands import Machine


def test_migrate_refuses_a_missing_file_and_makes_none(machine: Machine) -> None:
    machine.init()
    machine.database.unlink()
    said = machine("migrate")
    assert (said.code, "is not there" in said.err) == (1, True)
    assert "kairan init" in said.err
    assert "kairan restore" in said.err
    assert not machine.database.exists()
    assert machine("serve").code == 1


def test_migrate_refuses_an_empty_file(machine: Machine) -> None:
    machine.init()
    machine.database.write_bytes(b"")
    said = machine("migrate")
    assert (said.code, "is empty" in said.err) == (1, True)
    with closing(sqlite3.connect(machine.database)) as database:
        assert database.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)


def test_migrate_refuses_an_empty_database_of_postgresql(
    machine: Machine, databases: Databases, request: pytest.FixtureRequest
) -> None:
    url = databases.create()
    request.addfinalizer(lambda: databases.drop(url))
    for _ in range(2):
        said = machine("migrate", database_url=url)
        assert (said.code, "is empty" in said.err) == (1, True)


def test_migrate_has_nothing_to_do_where_the_schema_is_the_newest(either: Machine) -> None:
    either.init()
    assert "nothing to do" in either("migrate").err


def test_the_revisions_are_those_that_alembic_walks() -> None:
    walked = ScriptDirectory(str(migrate.FOLDER)).walk_revisions()
    assert migrate.revisions() == [script.revision for script in walked][::-1]
