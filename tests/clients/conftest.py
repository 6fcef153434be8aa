"""A server for all tests here, and a city for each; a phone has a line of its own, which may be bad."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.clients.line import Line
from tests.clients.peers import Peer, peer
from tests.clients.toyserver import Town, ToyServer
from tests.databases import Databases

BOTH = pytest.mark.parametrize("server", ["sqlite", "postgresql"], indirect=True)
HANAKO, ICHIRO = "山田 花子", "佐藤 一郎"
_cities = count(1)

Phones = Callable[..., Peer]


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToyServer]:
    """On SQLite, but for the modules that name both databases: what a client sees of one hangs on few things."""
    folder = tmp_path_factory.mktemp("toy")
    if getattr(request, "param", "sqlite") == "sqlite":
        yield from _serving(ToyServer(folder))
        return
    databases: Databases = request.getfixturevalue("databases")
    url = databases.create()
    yield from _serving(ToyServer(folder, url))
    databases.drop(url)


def _serving(server: ToyServer) -> Iterator[ToyServer]:
    yield server
    server.kill()


@pytest.fixture
def town(server: ToyServer) -> Town:
    server.revive()
    return Town(server, f"t{next(_cities)}")


@pytest.fixture
def phone(town: Town, tmp_path: Path) -> Iterator[Phones]:
    """`phone(kind, person)`: enrolled, on a line of its own."""
    made: list[Peer] = []

    def enrol(kind: str, person: str = HANAKO) -> Peer:
        line = Line(town.server.url)
        came = town.control("enrol", person=person)
        folder = tmp_path / came["device"]
        folder.mkdir()
        made.append(peer(kind, line, came, folder))
        return made[-1]

    yield enrol
    for each in made:
        each.close()
        each.line.close()
