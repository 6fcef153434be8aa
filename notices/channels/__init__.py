"""How a message leaves the house: what a channel is given, and what it promises.

A channel gets a batch of claimed messages with all it needs and no database in sight. It answers each message
exactly once, in the words of outcomes.py, as soon as it knows. Before a point after which nobody could tell
whether a copy arrived, it asks `crossing`, which commits `crossing_at` and says which messages are still ours.
Library exceptions are translated here and go no further.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from notices.outcomes import Outcome

if TYPE_CHECKING:  # the sender of pushes is a process that makes no words
    from notices.wording.line import LineBody
    from notices.wording.payload import PushBody
    from notices.wording.render import MailBody

Urgency = Literal["ordinary", "urgent", "emergency"]
"""Of a message. An emergency has room of its own in every lane and waits for nobody."""


@dataclass(frozen=True, slots=True)
class MailAddress:
    """As it was entered and checked (mail_address.py); never in a log."""

    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PushAddress:
    """A subscription: `p256dh` and `auth` in base64url, as the browser gave them."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LineAddress:
    """A LINE user, by the id that our official account knows them by."""

    user: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message by mail. `lane` is the domain; `id` makes the Message-ID; `body` is shared by many.

    `return_path`: the envelope's sender, to which a bounce of this one message comes; without it that of the channel.
    `crashes`: how often it has brought a worker down before, where the ledger keeps that count.
    """

    id: str
    lane: str
    to: MailAddress
    body: MailBody
    unsubscribe: str | None = None
    crashes: int | None = None
    urgency: Urgency = "ordinary"
    return_path: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Push:
    """One message by web push. `lane` is the push service's origin; `body` is shared by many; `crashes` as for Mail."""

    id: str
    lane: str
    to: PushAddress
    body: PushBody
    crashes: int | None = None
    urgency: Urgency = "ordinary"


@dataclass(frozen=True, slots=True)
class LineMessage:
    """One message by LINE; `body` is shared by many, who get it in one call; `crashes` as for Mail.

    `doubtful`: a copy may have arrived in a call with others. It goes alone now, under a key of its own.
    """

    id: str
    lane: str
    to: LineAddress
    body: LineBody
    crashes: int | None = None
    urgency: Urgency = "ordinary"
    doubtful: bool = False


Outgoing = Mail | Push | LineMessage

Settle = Callable[[Sequence[tuple[str, Outcome]]], Awaitable[None]]
"""Takes ids of messages and their outcomes, as many as are known together; it may wait, but must not raise: the messages
have left already."""

Crossing = Callable[[Sequence[str]], Awaitable[Collection[str]]]
"""Commits `crossing_at` for these ids; returns those whose lease is still ours. The others are not sent. A channel asks as
soon as it knows, also for one message: what many ask at a time is committed together."""


class Channel(Protocol):
    """`mail`, `push`, `line`, or what keeps everything to itself (memory.py)."""

    name: str

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        """Returns when each message of the batch has had its outcome. Lanes may be mixed; none waits for another.

        A lane that shuts (`whole_lane`) answers the rest of its messages with `lane-paused`, untried.
        Several calls may run at once; they share connections. Cancelling abandons what is unanswered.
        """

    async def close(self) -> None:
        """Lets go of idle connections; call it when nothing is being sent."""
