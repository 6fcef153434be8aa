"""The rows of a memo, and what it says as it leaves."""

from datetime import datetime
from typing import NamedTuple, Protocol

from notices import ids
from notices.models import Address, Memo, Message
from notices.outcomes import Held, Skipped
from notices.wording.letter import Letter


class Box(NamedTuple):
    """An address, or what stands for one that nobody has yet."""

    id: str
    channel: str
    lane: str
    secret: bytes = b""
    failures: int = 0


class Whereto(Protocol):
    """What of an address a message needs that goes there."""

    @property
    def id(self) -> str: ...
    @property
    def secret(self) -> bytes: ...
    @property
    def failures(self) -> int: ...


class Said(NamedTuple):
    """What leaves, and where to."""

    box: Whereto
    letter: Letter


Answer = Said | Skipped | Held
"""Of the room that a memo is about: its words, why it is not to leave after all, or until when it waits."""


def message_to(
    tenant: str, person: str, box: Box | Address, now: datetime, *, urgency: str = "ordinary"
) -> Message:
    return Message(
        tenant=tenant,
        id=ids.new_id(),
        person=person,
        address=box.id,
        channel=box.channel,
        lane=box.lane,
        urgency=urgency,
        state="due",
        due_at=now,
        digest=False,
        attempt=0,
        doubts=0,
        crashes=0,
        created_at=now,
    )


def memo_of(message: Message, about: str, subject: str, now: datetime) -> Memo:
    return Memo(
        tenant=message.tenant,
        message=message.id,
        about=about,
        subject=subject,
        person=message.person,
        at=now,
    )
