"""What `kairan doctor` looks at, by room. A check returns findings; it writes nothing."""

from dataclasses import dataclass
from typing import Any, Literal

from server.db import Database
from server.settings import Settings

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`fail`: something does not work, or soon will not. `warn`: look at it. `remedy`: what to do."""

    check: str
    level: Level
    sentence: str
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"check": self.check, "level": self.level, "sentence": self.sentence, "remedy": self.remedy}


@dataclass
class Patient:
    settings: Settings
    opened: Database | None = None

    @property
    def db(self) -> Database:
        assert self.opened is not None
        return self.opened

    @db.setter
    def db(self, db: Database) -> None:
        self.opened = db


def ok(check: str, sentence: str) -> Finding:
    return Finding(check, "ok", sentence)


def warn(check: str, sentence: str, remedy: str) -> Finding:
    return Finding(check, "warn", sentence, remedy)


def fail(check: str, sentence: str, remedy: str) -> Finding:
    return Finding(check, "fail", sentence, remedy)
