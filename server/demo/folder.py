"""The folder of a demo: a database that says of itself that it is one, its keys, and what its phones know."""

import json
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import server
from notices.tokyo import today
from notices.town import founding
from server.demo import enrolment, settling
from server.demo.running import TENANT, Sinks
from server.demo.town import HOUSEHOLDS, town
from server.demo.visitors import first_association
from server.house import House

SEED = 7
"""Of the town: everybody's demo is the same."""


class NotADemo(Exception):
    """A sentence for the operator."""


@dataclass(frozen=True)
class Folder:
    path: Path
    households: int = HOUSEHOLDS
    """Of the town that a first start makes."""

    @property
    def database(self) -> Path:
        return self.path / "kairan.db"

    @property
    def phones(self) -> Path:
        return self.path / "phones.json"

    def insist(self) -> bool:
        """Whether there is a demo already. Raises NotADemo where something else is."""
        if self.database.exists():
            if not _says_demo(self.database):
                raise NotADemo(
                    f"{self.database} is not a demo: it may be a real town. Use another --folder; "
                    "nothing was touched."
                )
            return True
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise NotADemo(
                f"{self.path} holds something else than a demo. Use another --folder; nothing was touched."
            )
        return False

    def sink_seed(self) -> bytes:
        return bytes.fromhex(self._noted()["seed"])

    def push_port(self) -> int:
        return int(self._noted()["pushPort"])

    def newest(self) -> bool:
        """Whether its schema is this program's; asked without Alembic, which takes a second to import."""
        return self._noted()["schema"] == _schema()

    def note(self, seed: bytes, push_port: int) -> None:
        noted = {"seed": seed.hex(), "pushPort": push_port, "schema": _schema()}
        (self.path / "demo.json").write_text(json.dumps(noted))

    def _noted(self) -> dict[str, str]:
        noted: dict[str, str] = json.loads((self.path / "demo.json").read_text())
        return noted


def new_seed() -> bytes:
    return secrets.token_bytes(32)


async def refresh(folder: Folder, house: House, sinks: Sinks) -> None:
    """What a demo of an earlier day needs to live today."""
    now = house.clock()
    port = int(sinks.push.origin.rpartition(":")[2])
    if port != folder.push_port():
        await enrolment.renew(house, sinks.push, now)
        folder.note(folder.sink_seed(), port)
    await settling.city_hall(house)
    async with house.db.read() as session:
        first = await first_association(session)
        seated = await founding.officers(session, TENANT, first, now)
    if not seated:
        await settling.new_year(house, town(SEED, folder.households, today(now)))


def _schema() -> str:
    """The name of the last migration."""
    return max(file.stem for file in (Path(server.__file__).parent / "migrations/versions").glob("0*.py"))


def _says_demo(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            cities = connection.execute("SELECT demo FROM city").fetchall()
    except sqlite3.Error:
        return False
    return bool(cities) and all(demo for (demo,) in cities)
