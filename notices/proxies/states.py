"""PURE: the life of a proxy, from the asking to the end. What may be done when, in one table; acting.py asks the same of rows.

Nothing is noted on the day it begins or is over: the days themselves say so, and a late worker changes nothing.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, Literal, Protocol, get_args

from notices.errors import KairanError, NotYourHousehold
from notices.proxies.proxy_errors import InvitationRefused, NoLongerProxy
from notices.tokyo import today

State = Literal["asked", "lapsed", "agreed", "stands", "over", "ended"]
"""A code is out · its week has passed · taken up, begins later · holds today · its days have passed · noted as ended."""
Deed = Literal["take-up", "speak", "withdraw", "leave", "turn"]
STATES: Final[tuple[State, ...]] = get_args(State)
DEEDS: Final[tuple[Deed, ...]] = get_args(Deed)
GONE: Final[tuple[State, ...]] = ("over", "ended")

Cell = State | type[KairanError] | None
SAME: Final = None
"""A repeat or a straggler; or what is done changes nothing of the proxy."""
USED: Final = InvitationRefused
NOBODY: Final = NotYourHousehold
"""Who was asked is nobody to that home before they come."""
NO: Final = NoLongerProxy

# fmt: off
_TABLE: Final[Mapping[Deed, tuple[Cell, ...]]] = {
    #            asked     lapsed    agreed    stands    over      ended
    # By its code, once. Where its first day has come already, it stands at once.
    "take-up":  ("agreed", USED,     USED,     USED,     USED,     USED),
    # A stamp, an answer, a look: on its days alone.
    "speak":    (NOBODY,   NOBODY,   NO,       SAME,     NO,       NO),
    # By either side, whoever lives with them, or an officer who was told.
    "withdraw": ("ended",  "ended",  "ended",  "ended",  "ended",  SAME),
    # With the seat it hung on, or with who it was for or by: moved away, dead, forgotten.
    "leave":    ("ended",  "ended",  "ended",  "ended",  "ended",  SAME),
    # By time.
    "turn":     (SAME,     SAME,     SAME,     SAME,     "ended",  SAME),
}
# fmt: on

TRANSITIONS: Final[Mapping[tuple[State, Deed], State | type[KairanError]]] = {
    (state, deed): cell or state
    for deed, row in _TABLE.items()
    for state, cell in zip(STATES, row, strict=True)
}


class Dated(Protocol):
    """Of a proxy, what its state depends on."""

    begins: date
    ends: date
    code_hash: bytes | None
    code_until: datetime | None
    accepted_at: datetime | None
    ended_at: datetime | None


def state_of(row: Dated, now: datetime) -> State:
    if row.ended_at is not None:
        return "ended"
    if row.ends <= today(now):
        return "over"
    if row.accepted_at is None:
        opens = row.code_hash is not None and row.code_until is not None and row.code_until > now
        return "asked" if opens else "lapsed"
    return "agreed" if row.begins > today(now) else "stands"


def after(state: State, deed: Deed) -> State:
    """The state that follows. Raises InvitationRefused, NotYourHousehold, NoLongerProxy."""
    found = TRANSITIONS[state, deed]
    if isinstance(found, str):
        return found
    raise found()


def stays(state: State, deed: Deed) -> bool:
    """Whether it changes nothing. Raises as `after`."""
    return after(state, deed) == state


def may(state: State, deed: Deed) -> bool:
    return isinstance(TRANSITIONS[state, deed], str)
