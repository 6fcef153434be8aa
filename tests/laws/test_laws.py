"""The eleven laws, over real HTTP, on both databases."""

from pathlib import Path

from tests.laws.servers import ToyServer
from tests.laws.walk import walk


def test_an_everyday_walk_on_sqlite(sqlite_database: str, tmp_path: Path) -> None:
    server = ToyServer(sqlite_database, tmp_path)
    try:
        walk([server], examples=30)
    finally:
        server.stop()
