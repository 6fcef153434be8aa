"""What `--once` has to say: its steps, its ledger, and whether the promise was kept."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from server.demo import verdict
from server.demo.verdict import Case, Check


@dataclass(slots=True)
class Step:
    name: str
    seconds: float = 0.0
    bytes: int = 0
    said: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    households: int
    people: int
    grades: dict[str, int]
    sent: dict[str, int]
    """Copies in the sinks by channel, households on paper, stamps from phones, visits."""
    steps: Sequence[Step]
    checks: Sequence[Check]
    failures: Sequence[dict[str, Any]]

    @property
    def held(self) -> bool:
        return all(check.held for check in self.checks)


def counted(database: str | None) -> dict[str, int]:
    """Stamps and visits, read from the file past all of our own code."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        stamps, visits = connection.execute(
            "SELECT (SELECT count(*) FROM stamp), (SELECT count(*) FROM visit)"
        ).fetchone()
    return {"stamps": stamps, "visits": visits}


def drawn_up(case: Case, checks: Sequence[Check], steps: Sequence[Step]) -> Report:
    """`checks`: what was judged on the way, beside what the case shows."""
    judged = [
        verdict.ledger_adds_up(case),
        verdict.everybody_once(case),
        verdict.nobody_else(case),
        *checks,
        verdict.grades_are_true(case),
        verdict.stamps_count_once(case),
        verdict.leader_sees_it(case),
    ]
    sent = {"push": len(case.pushes), "mail": len(case.mails)}
    sent |= {"paper": sum(home.paper for home in case.homes), **case.rows}
    people = sum(len(home.members) for home in case.homes)
    return Report(len(case.homes), people, case.ledger["grades"], sent, steps, judged, verdict.failures(case))
