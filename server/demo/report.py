"""What `--once` has to say: its steps, its ledger, and whether the promise was kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.demo.verdict import Check


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
