"""PURE: a handover, from the press to the day on which those who leave have left. What may be done when, in one table.

An association has one at a time that is to come. Its days alone bring it on: nothing is written when they come.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final, Literal, Protocol, get_args

from notices.errors import IdTaken, KairanError
from notices.handover.handover_errors import HandoverPending, NoHandoverPending
from notices.tokyo import today

State = Literal["none", "to-come", "together", "done", "cancelled"]
"""`together`: the weeks in which those who leave hold their seats beside their successors."""
Deed = Literal["schedule", "again", "cancel", "begin", "part"]
STATES: Final[tuple[State, ...]] = get_args(State)
DEEDS: Final[tuple[Deed, ...]] = get_args(Deed)

Cell = State | type[KairanError] | None
SAME: Final = None
"""A repeat or a straggler: it is answered as it is."""
LATE: Final = NoHandoverPending

# fmt: off
_TABLE: Final[Mapping[Deed, tuple[Cell, ...]]] = {
    #            none       to-come          together   done       cancelled
    # Another one. For today it begins at once.
    "schedule": ("to-come", HandoverPending, "to-come", "to-come", "to-come"),
    # The same press, from a phone's second try.
    "again":    ("to-come", SAME,            SAME,      SAME,      IdTaken),
    # Once its day has come, seats are given back by another handover.
    "cancel":   (LATE,      "cancelled",     LATE,      LATE,      LATE),
    # By time: those who come hold their seats; those who leave have left.
    "begin":    (SAME,      "together",      SAME,      SAME,      SAME),
    "part":     (SAME,      SAME,            "done",    SAME,      SAME),
}
# fmt: on

TRANSITIONS: Final[Mapping[tuple[State, Deed], State | type[KairanError]]] = {
    (state, deed): cell or state
    for deed, row in _TABLE.items()
    for state, cell in zip(STATES, row, strict=True)
}


class Dated(Protocol):
    """Of a handover, what its state depends on."""

    begins: date
    overlap_weeks: int
    cancelled_at: datetime | None


def state_of(row: Dated | None, now: datetime) -> State:
    if row is None:
        return "none"
    if row.cancelled_at is not None:
        return "cancelled"
    if row.begins > today(now):
        return "to-come"
    return "together" if today(now) < row.begins + timedelta(weeks=row.overlap_weeks) else "done"


def after(state: State, deed: Deed, **facts: object) -> State:
    """The state that follows. Raises HandoverPending (with `facts`), IdTaken, NoHandoverPending."""
    found = TRANSITIONS[state, deed]
    if isinstance(found, str):
        return found
    raise found(**facts)
