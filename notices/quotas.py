"""What a channel that counts has left of the month: kept as it last said, and read by whoever plans and watches.

Asked with each of the channel's canaries, so every five minutes; nobody else asks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notices.due import upsert
from notices.models import ChannelQuota
from notices.tokyo import TOKYO, wire

KNOWN_FOR: Final = timedelta(hours=1)
"""What was said before is of another hour: whoever plans knows nothing, rather than that."""
_NEARLY: Final = 0.8
_COUNTED: Final = {"line": "LINE"}


@dataclass(frozen=True, slots=True)
class Standing:
    """What was said at `asked_at`; `known`: in this month of Tokyo's, and not too long ago."""

    channel: str
    used: int
    most: int | None
    asked_at: datetime
    known: bool

    @property
    def left(self) -> int | None:
        """None: as many as one likes, or nobody knows."""
        return max(self.most - self.used, 0) if self.known and self.most is not None else None

    def as_json(self) -> dict[str, object]:
        """As the page of operators has it, `sentence` with what to do."""
        return {
            "channel": self.channel,
            "used": self.used,
            "most": self.most,
            "left": self.left,
            "askedAt": wire(self.asked_at),
            "sentence": self._sentence(),
        }

    def _sentence(self) -> str:
        name = _COUNTED[self.channel]
        if not self.known:
            return f"{name}で今月あと何通送れるか、いまは確かめられません。つながりしだい、自動で確かめます。"
        if self.most is None:
            return f"今月は{name}で{self.used:,}通を送りました。通数に限りはありません。"
        said = f"{name}で今月送れる{self.most:,}通のうち、{self.used:,}通を使いました。"
        if self.left == 0:
            instead = "月が替わるまで、ほかの手段か訪問で届けます。"
            return f"{said}{instead}足りなければ、LINE公式アカウントの料金プランを上げてください。"
        if self.used >= _NEARLY * self.most:
            return f"{said}残りが少なくなっています。料金プランを確かめてください。"
        return said


async def keep(session: AsyncSession, channel: str, used: int, most: int | None, now: datetime) -> None:
    values = {"used": used, "most": most, "asked_at": now}
    row = upsert(session, ChannelQuota.__table__).values(channel=channel, **values)
    await session.execute(row.on_conflict_do_update(index_elements=["channel"], set_=values))


async def standings(session: AsyncSession, now: datetime) -> Sequence[Standing]:
    """Of all channels that count."""
    rows = await session.scalars(select(ChannelQuota).order_by(ChannelQuota.channel))
    return [
        Standing(row.channel, row.used, row.most, row.asked_at, _known(row.asked_at, now)) for row in rows
    ]


def spent(found: Iterable[Standing]) -> tuple[str, ...]:
    """The channels that take nothing more this month."""
    return tuple(each.channel for each in found if each.left == 0)


def _known(asked_at: datetime, now: datetime) -> bool:
    """The month is Tokyo's, as LINE counts."""
    this_month = asked_at.astimezone(TOKYO).month == now.astimezone(TOKYO).month
    return this_month and now - asked_at <= KNOWN_FOR
