"""How the canaries stand, for whoever watches: metrics, doctor, the page of operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from notices.canary import rounds, watch
from notices.canary.watch import State
from notices.canary.words import sentence
from notices.models import Canary
from notices.tokyo import wire
from server.canary import watched
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Standing:
    """`held`: no city of which anything leaves, so no canary does."""

    channel: str
    state: State | Literal["held"]
    age: timedelta | None
    """Since one was last seen; None where none was ever let out."""
    row: Canary | None

    @property
    def red(self) -> bool:
        return self.state in ("red", "unwatched")

    def as_json(self) -> dict[str, Any]:
        return {
            "channel": self.channel,
            "state": self.state,
            "seenAt": wire(self.row.seen_at) if self.row else None,
            "sentence": sentence(self.channel, self.state, self.row, self.age),
        }


async def standings(session: AsyncSession, settings: Settings, now: datetime) -> Sequence[Standing]:
    """Of the channels that are set up. `now`: by the database's clock."""
    channels = watched(settings)
    if not channels:
        return []
    rows = await rounds.rows(session, channels)
    held = not await rounds.may_leave(session)
    return [
        Standing(
            channel,
            "held" if held else watch.state_of(rows.get(channel), now),
            watch.age(rows.get(channel), now),
            rows.get(channel),
        )
        for channel in channels
    ]
