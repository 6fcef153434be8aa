"""PURE: the passage of a circular through one association, what may be done when, and what its homes then read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal

from notices import ids
from notices.circulation.errors import (
    AlreadyForwarded,
    CircularOver,
    CircularUnknown,
    CircularWithdrawn,
    DeadlineAfterCity,
)
from notices.errors import DeadlinePast, KairanError
from notices.publishing import life
from notices.publishing.compose import BODY_LENGTH

State = Literal["received", "forwarded", "declined"]
Act = Literal["forward", "decline", "take-back"]
STATES: Final[tuple[State, ...]] = ("received", "forwarded", "declined")
COVER_LENGTH: Final = 500
CIRCULAR_LENGTH: Final = BODY_LENGTH - COVER_LENGTH - 100
"""Characters of the city's text, so that a copy with its note is no longer than any notice."""
REASON_LENGTH: Final = 200

TRANSITIONS: Final[Mapping[tuple[State, Act], State | type[KairanError]]] = {
    ("received", "forward"): "forwarded",
    ("received", "decline"): "declined",
    # It was taken back already: a repeat.
    ("received", "take-back"): "received",
    ("forwarded", "forward"): AlreadyForwarded,
    # The homes have it: what they have is withdrawn as any notice is, in the open.
    ("forwarded", "decline"): AlreadyForwarded,
    # Within the time of undo: nothing has left.
    ("forwarded", "take-back"): "received",
    # They thought better of it.
    ("declined", "forward"): "forwarded",
    # A second officer, or a press that was sent twice.
    ("declined", "decline"): "declined",
    ("declined", "take-back"): "declined",
}


@dataclass(frozen=True, slots=True)
class Circular:
    """What of the city's notice decides: its state, and until when it goes round."""

    state: str
    deadline: datetime | None


def after(state: State, act: Act, circular: Circular, now: datetime) -> State:
    """The state that follows. Raises CircularUnknown, CircularWithdrawn, CircularOver, AlreadyForwarded."""
    if act == "take-back":
        return _next(state, act)
    if circular.state == "withdrawn":
        raise CircularWithdrawn()
    if circular.state not in life.OUT:
        raise CircularUnknown()
    following = _next(state, act)
    over = circular.state == "expired" or (circular.deadline is not None and circular.deadline <= now)
    if act == "forward" and over:
        raise CircularOver()
    return following


def _next(state: State, act: Act) -> State:
    found = TRANSITIONS[state, act]
    if isinstance(found, str):
        return found
    raise found()


def own_deadline(wished: datetime | None, citys: datetime | None, now: datetime) -> datetime | None:
    """The deadline its homes are told: the association's, never after the city's. Raises DeadlinePast, DeadlineAfterCity."""
    if wished is None:
        return citys
    if wished <= now:
        raise DeadlinePast()
    if citys is not None and wished > citys:
        raise DeadlineAfterCity()
    return wished


def copy_id(circular: str, association: str) -> str:
    """The association's notice of a circular: always the same one, so that two presses cannot make two.

    A UUIDv8 (RFC 9562 §5.8) that begins with the time of the circular's own, so that indexes grow at their end.
    """
    hashed = sha256(ids.bytes_of(circular) + ids.bytes_of(association)).digest()
    made = bytearray(ids.bytes_of(circular)[:6] + hashed[:10])
    made[6] = 0x80 | made[6] & 0x0F
    made[8] = 0x80 | made[8] & 0x3F
    return ids.text_of(bytes(made))


def words(body: str, cover: str, city: str) -> str:
    """What its homes read: the association's note, and under the city's name the city's text."""
    heading = f"**{city}からの回覧**"
    return "\n\n".join(part for part in (cover.strip(), heading, body) if part)
