"""PURE: which messages an address still takes. What its owner stopped, and what came back too often, is decided here.

An emergency goes where anybody may still read it: past a mailbox that was full last week (a soft suppression), past a
complaint, past "no more mails". It does not go where there is nobody (two hard failures), nor where its reader has said
in so many words that not even an emergency is wanted.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from sqlalchemy import ColumnElement, and_, or_

from notices.models import Address

STOPPED: Final = "stopped"
"""Its owner wants nothing there but emergencies."""
STOPPED_WHOLLY: Final = "stopped-wholly"
"""… and no emergencies either."""
BY_ITS_OWNER: Final = frozenset({STOPPED, STOPPED_WHOLLY})

BOUNCED: Final = "bounced"
BOUNCED_SOFTLY: Final = "bounced-softly"
COMPLAINED: Final = "complained"

_IN_AN_EMERGENCY: Final = (
    ("suppressed", BOUNCED_SOFTLY),
    ("suppressed", COMPLAINED),
    ("off", STOPPED),
)
"""(state, reason) of a mailbox that an emergency goes to all the same."""


class Standing(Protocol):
    """How an address stands: its row, or what was read of it."""

    @property
    def channel(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def stopped_topics(self) -> Sequence[str] | None: ...


def takes(address: Standing, urgency: str, topic: str | None = None) -> bool:
    """`urgency`: ordinary, urgent, emergency. `topic`: what the message is about."""
    if urgency == "emergency":
        in_spite = address.channel == "mail" and (address.state, address.reason) in _IN_AN_EMERGENCY
        return address.state == "live" or in_spite
    return address.state == "live" and topic not in (address.stopped_topics or ())


def takes_any(urgency: str, address: type[Address] = Address) -> ColumnElement[bool]:
    """The same, topics apart, for a query over addresses."""
    live = address.state == "live"
    if urgency != "emergency":
        return live
    in_spite = [and_(address.state == state, address.reason == why) for state, why in _IN_AN_EMERGENCY]
    return or_(live, and_(address.channel == "mail", or_(*in_spite)))


def unwanted(urgency: str, topic: str, association: str | None, muted: str, area: str | None) -> str | None:
    """Of a person: why they want no message about this, a slug of REASONS. `muted`, `area`: columns of Person."""
    if urgency == "emergency":
        return None
    if f",{topic}," in muted:
        return "stopped-topic"
    return STOPPED if association is not None and area not in (None, association) else None


def why_not(address: Standing) -> str:
    """A slug of REASONS for an address that does not take a message."""
    if address.state == "live":
        return "stopped-topic"
    if address.state == "suppressed":
        return address.reason if address.reason in (BOUNCED, BOUNCED_SOFTLY, COMPLAINED) else "bounced"
    # Only who stopped it is said to have stopped it: the roster replaces addresses, too.
    stopped = address.state == "off" and address.reason in (None, *BY_ITS_OWNER)
    return STOPPED if stopped else "address-changed"
