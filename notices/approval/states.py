"""PURE: a request for approval is decided once. What is not in the table is a repeat or a straggler."""

from collections.abc import Mapping
from typing import Final, Literal

State = Literal["awaiting", "approved", "refused", "withdrawn"]
Act = Literal["approve", "refuse", "recall", "alone"]

TRANSITIONS: Final[Mapping[tuple[State, Act], tuple[State, str]]] = {
    ("awaiting", "approve"): (
        "approved",
        "A second person has seen it: it goes out in the same transaction.",
    ),
    ("awaiting", "refuse"): ("refused", "It is a draft again, with the reason, for those who wrote it."),
    ("awaiting", "alone"): (
        "approved",
        "An emergency that nobody answered: whoever asked goes on, with a reason, and all are told.",
    ),
    ("awaiting", "recall"): ("withdrawn", "Whoever asked, or a colleague, has thought better of it."),
}


def after(state: State, act: Act) -> State | None:
    """None: it was decided before, and nothing changes."""
    found = TRANSITIONS.get((state, act))
    return found[0] if found else None
