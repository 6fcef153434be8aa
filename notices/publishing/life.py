"""PURE: the life of a notice, whoever's it is. What may be done when, in one table; whoever changes its state asks here.

Who may, by which deadline, with what words: that is asked by the use-cases (publish, amend, circulation, alarm, approval).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, get_args

from notices.errors import KairanError, WrongState

State = Literal["draft", "awaiting", "scheduled", "held", "published", "withdrawn", "expired"]
Deed = Literal[
    "ask", "hold", "schedule", "give-back", "undo", "correct", "reword", "withdraw", "close", "release", "expire"
]  # fmt: skip
STATES: Final[tuple[State, ...]] = get_args(State)
DEEDS: Final[tuple[Deed, ...]] = get_args(Deed)
WAITING: Final[tuple[State, ...]] = ("draft", "awaiting", "scheduled", "held")
"""Nobody has it but who wrote it."""
OUT: Final[tuple[State, ...]] = ("published", "expired")
"""It has gone to its homes, and was not taken off their phones."""

Cell = State | type[KairanError] | None
SAME: Final = None
"""A repeat or a straggler: nothing changes; or what changes is not its state."""
NO: Final = WrongState

# fmt: off
_TABLE: Final[Mapping[Deed, tuple[Cell, ...]]] = {
    #             draft        awaiting     scheduled    held         published    withdrawn    expired
    # The press. For the city a second person is asked; else it waits out its hold, or for its day. Twice sends once.
    "ask":       ("awaiting",  SAME,        SAME,        SAME,        SAME,        NO,          NO),
    "hold":      ("held",      "held",      SAME,        SAME,        SAME,        NO,          NO),
    "schedule":  ("scheduled", "scheduled", SAME,        SAME,        SAME,        NO,          NO),
    # Refused or recalled by people; its sender or its audience has left, or it is old.
    "give-back": (SAME,        "draft",     "draft",     "draft",     SAME,        SAME,        SAME),
    # Nothing has left. What is out is withdrawn, in the open.
    "undo":      (NO,          NO,          "draft",     "draft",     NO,          NO,          NO),
    # Nobody sees other words go out than were seen: what waits is taken back first.
    "correct":   (SAME,        NO,          NO,          NO,          SAME,        NO,          NO),
    # Of what the city has out a second person is asked for other words, and says yes.
    "reword":    (NO,          NO,          NO,          NO,          SAME,        NO,          NO),
    # What waits for a second person is recalled first, so that nobody approves what is gone.
    "withdraw":  ("withdrawn", NO,          "withdrawn", "withdrawn", "withdrawn", SAME,        NO),
    # Of a safety check: its answers are late from now on.
    "close":     (NO,          NO,          NO,          NO,          SAME,        NO,          SAME),
    # By time: the hold or the day is over; nobody is to have it any longer.
    "release":   (SAME,        SAME,        "published", "published", SAME,        SAME,        SAME),
    "expire":    (SAME,        SAME,        SAME,        SAME,        "expired",   SAME,        SAME),
}
# fmt: on

TRANSITIONS: Final[Mapping[tuple[State, Deed], State | type[KairanError]]] = {
    (state, deed): cell or state
    for deed, row in _TABLE.items()
    for state, cell in zip(STATES, row, strict=True)
}


def is_thrown_away(state: str, published_at: datetime | None) -> bool:
    """A draft that nobody wanted: nobody ever saw it, and no list shows it as taken back."""
    return state == "withdrawn" and published_at is None


def after(state: str, deed: Deed) -> State:
    """The state that follows. Raises WrongState."""
    found = TRANSITIONS[_known(state), deed]
    if isinstance(found, str):
        return found
    raise found(state=state)


def may(state: str, deed: Deed) -> bool:
    return isinstance(TRANSITIONS[_known(state), deed], str)


def stays(state: str, deed: Deed) -> bool:
    """Whether it changes nothing: pressed again, or come too late. Raises WrongState."""
    return after(state, deed) == state


def _known(state: str) -> State:
    known: State = state  # type: ignore[assignment]
    return known
