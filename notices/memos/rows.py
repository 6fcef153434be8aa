"""The rows of a memo, and what it says as it leaves."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from notices import ids
from notices.models import Address, Memo, Message


class Box(NamedTuple):
    """Where it goes; as delivering asks for it (deliver/whom.Whereto)."""

    id: str
    channel: str
    lane: str
    secret: bytes = b""
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """`path`: where it leads in the app, if anywhere. `sender`: in whose name. `why_not`: a slug of REASONS."""

    box: Box
    id: str
    title: str
    text: str
    path: str
    lang: str
    sender: str
    why_not: str | None = None


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
