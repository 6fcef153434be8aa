"""PURE: what may follow what. A chain is one first message and what refers to it, of one kind and to one audience.

Everything refers to the first message, never to an update of it: on phones the newest of a chain stands in place of the
earlier ones. What is not in the table is refused.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from notices.alarm.alarm_errors import AnotherKind, ChainOver, FirstUnknown, FollowUpWrong
from notices.alarm.kinds import CHAINED
from notices.publishing import life

Step = Literal["first", "update", "all-clear"]
State = Literal["none", "unsent", "open", "cleared", "withdrawn"]
"""Of a chain: there is none; its first message is not out yet; it runs; an all-clear is out; the first was withdrawn."""

FIRST: Final = "first"
UPDATE: Final = "update"
ALL_CLEAR: Final = "all-clear"
STEPS: Final = (FIRST, UPDATE, ALL_CLEAR)
STATES: Final[tuple[State, ...]] = ("none", "unsent", "open", "cleared", "withdrawn")

TRANSITIONS: Final[Mapping[tuple[State, str], tuple[State, str]]] = {
    ("none", FIRST): ("open", "Something has happened: a chain begins."),
    ("open", UPDATE): ("open", "More is known, or it has grown worse."),
    ("open", ALL_CLEAR): ("cleared", "It is over. What comes after it is something new."),
}


class Message(NamedTuple):
    """Of a notice, what its place in a chain depends on."""

    kind: str
    association: str | None
    step: str
    refers_to: str | None
    state: str = "draft"


def well_formed(kind: str, step: str, refers_to: str | None) -> None:
    """Raises FollowUpWrong: a first message refers to none, whatever else does, and only chained kinds have more than one."""
    if step not in STEPS or (step == FIRST) != (refers_to is None):
        raise FollowUpWrong()
    if step != FIRST and kind not in CHAINED:
        raise FollowUpWrong()


def state_of(first: Message | None, *, cleared: bool) -> State:
    """`cleared`: an all-clear that refers to it is out."""
    if first is None:
        return "none"
    if first.state == "withdrawn":
        return "withdrawn"
    # A first message whose time has run out is still what an all-clear refers to.
    if first.state not in life.OUT:
        return "unsent"
    return "cleared" if cleared else "open"


def follow(message: Message, first: Message | None, *, cleared: bool) -> State:
    """The state of the chain after `message`. Raises FollowUpWrong, FirstUnknown, AnotherKind, ChainOver.

    `first`: what it refers to, or None where there is no such notice.
    """
    well_formed(message.kind, message.step, message.refers_to)
    if message.step == FIRST:
        return "open"
    if first is None or first.association != message.association or first.step != FIRST:
        raise FirstUnknown()
    if first.kind != message.kind:
        raise AnotherKind(kind=first.kind)
    state = state_of(first, cleared=cleared)
    if state == "unsent":
        raise FirstUnknown()
    found = TRANSITIONS.get((state, message.step))
    if found is None:
        raise ChainOver(state=state)
    return found[0]
