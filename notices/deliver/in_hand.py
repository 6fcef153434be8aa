"""A MESSAGE IN ONE WORKER'S HANDS: what of its row delivering needs, read as plain values and not as an object."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import ColumnElement, Table

from notices import many
from notices.many import Bare
from notices.models import Message

EXPRESS: Final = "emergency"
"""What overtakes: served by a task of its own in every lane."""
LEASE: Final = timedelta(seconds=60)
LEASE_EXPRESS: Final = timedelta(seconds=15)
"""A live sender renews it; a dead one's messages are free again after it."""

_c = cast(Table, Message.__table__).c


def lease(urgency: str) -> timedelta:
    return LEASE_EXPRESS if urgency == EXPRESS else LEASE


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, by two clocks. What is due was written by ours; a lease must mean the same to every machine."""

    ours: datetime
    database: datetime


class Claim(NamedTuple):
    """`attempt` is the fence; `bare` the id as the driver has it; `address` where it goes, as it was planned or as it
    is by now.
    """

    tenant: str
    bare: Bare
    id: str
    channel: str
    lane: str
    address: str
    attempt: int
    doubts: int
    crashes: int
    urgency: str
    digest: bool
    refused: bool = False
    """Whether its address had refused our key when this was taken, so that what is taken from now on is news."""


COLUMNS: Final[Sequence[ColumnElement[Any]]] = (
    _c.tenant,
    many.bare(_c.id),
    _c.channel,
    _c.lane,
    many.bare(_c.address),
    _c.attempt,
    _c.doubts,
    _c.crashes,
    _c.urgency,
    _c.digest,
)
"""What a claim is made of."""


def claim_of(row: Sequence[Any], attempts: int = 0) -> Claim:
    """Of a row of COLUMNS. `attempts`: those that are counted with the same breath."""
    tenant, bare, channel, lane, address, attempt, doubts, crashes, urgency, digest = row
    return Claim(
        tenant,
        bare,
        many.text_of(bare),
        channel,
        lane,
        many.text_of(address),
        attempt + attempts,
        doubts,
        crashes,
        urgency,
        digest,
    )
