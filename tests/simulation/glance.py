"""Whether there can be anything to do: a glance at the rows, before the worker asks for it in its own words.

A tapped worker looks at five tables, each in a transaction of its own, and finds something in one: four fifths of a
run were answers of "nothing". The glance says yes where the time of any row has come; what else speaks for or against
it, the product alone knows. Every so often it is asked though the glance says no: it must find nothing then, too.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import count
from typing import Final

from server.work.worker import Worker

ALL_THE_SAME: Final = 8
"""In so many looks the product itself is asked once, whatever the glance says."""
_COME: Final = {
    "_recover": "SELECT 1 FROM message WHERE lease_until <= ? LIMIT 1",
    "_due": "SELECT 1 FROM due WHERE at <= ? LIMIT 1",
    "_write_ledgers": "SELECT 1 FROM due WHERE kind IN ('answered', 'reach') AND at <= ? LIMIT 1",
    "plan": "SELECT 1 FROM planning WHERE closed_at IS NULL AND due_at <= ? LIMIT 1",
    "_climb": "SELECT 1 FROM rung WHERE at <= ? LIMIT 1",
    "_open_lanes": "SELECT 1 FROM message WHERE due_at <= ? LIMIT 1",
}

Look = Callable[..., Awaitable[bool]]


def stored(moment: datetime) -> str:
    """As the columns of times have it."""
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def teach(worker: Worker, reader: sqlite3.Connection, clock: Callable[[], datetime]) -> None:
    """From here on `worker` glances first. Raises AttributeError where it no longer looks by these names."""
    for name, come in _COME.items():
        setattr(worker, name, _glancing(getattr(worker, name), come, reader, clock))


def _glancing(look: Look, come: str, reader: sqlite3.Connection, clock: Callable[[], datetime]) -> Look:
    turns = count(1)

    async def glance(*told: object) -> bool:
        if next(turns) % ALL_THE_SAME and reader.execute(come, (stored(clock()),)).fetchone() is None:
            return False
        return await look(*told)

    return glance
