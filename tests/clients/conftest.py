"""A server for all tests here, and a city for each; a phone has a line of its own, which may be bad."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.clients.line import Line
from tests.clients.peers import Peer, peer
from tests.clients.toyserver import Town, ToyServer

HANAKO, ICHIRO = "山田 花子", "佐藤 一郎"
_cities = count(1)

Phones = Callable[..., Peer]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToyServer]:
    server = ToyServer(tmp_path_factory.mktemp("toy"))
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
