"""What a person wishes, as the route and the outbox take it: see wire.py."""

from typing import Annotated, Literal

import msgspec

from notices.town.preferences import KEEP, Keep, Quiet, Wish
from notices.town.preferences import Digest as Wished
from server.edge.wire import Id, TimeOfDay, Wire


class QuietHours(Wire, kw_only=True, frozen=True):
    """Times of day in Tokyo; `from` after `to` is a night."""

    begins: TimeOfDay = msgspec.field(name="from")
    ends: TimeOfDay = msgspec.field(name="to")


class Digest(Wire, kw_only=True, frozen=True):
    every: Literal["now", "daily", "weekly"]
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 18
    day: Annotated[int, msgspec.Meta(ge=0, le=6, description="0 is Monday")] = 4


class Preferences(Wire, kw_only=True, frozen=True):
    locale: Literal["ja", "ja-easy", "en", "zh", "ko"] | None = None
    topics: dict[str, bool] = msgspec.field(default_factory=dict)
    channels: dict[Literal["mail", "push", "line"], bool] = msgspec.field(default_factory=dict)
    area: Id | msgspec.UnsetType | None = msgspec.UNSET
    quiet_hours: QuietHours | msgspec.UnsetType | None = msgspec.UNSET
    digest: Digest | None = None

    def wish(self) -> Wish:
        quiet = self.quiet_hours
        if isinstance(quiet, QuietHours):
            wanted: Quiet | Keep | None = Quiet(_minute(quiet.begins), _minute(quiet.ends))
        else:
            wanted = None if quiet is None else KEEP
        digest = self.digest
        return Wish(
            locale=self.locale,
            topics=self.topics,
            channels={channel: on for channel, on in self.channels.items()},
            area=KEEP if self.area is msgspec.UNSET else self.area,
            quiet=wanted,
            digest=None if digest is None else Wished(digest.every, digest.hour, digest.day),
        )


def _minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])
