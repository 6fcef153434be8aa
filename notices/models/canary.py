"""The canary of a channel: a message of our own that goes out every few minutes, and must arrive."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import MaybeRef
from sync import Base


class Canary(Base):
    """One row for a channel of the house, whichever cities it serves. All its times are the database's."""

    __tablename__ = "canary"
    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    due_at: Mapped[datetime]
    """The next round. Whoever moves it on makes that round."""
    since: Mapped[datetime]
    """Round after round since then, without a longer pause: silence before it was ours."""
    flight: Mapped[MaybeRef]
    """The newest that was let out."""
    flights: Mapped[dict[str, float]] = mapped_column(JSON)
    """All that may still arrive in time: when each left, in seconds of the epoch."""
    left_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """When one last arrived."""
    reason: Mapped[str | None]
    """What kept the newest from leaving or arriving, a slug of REASONS; none where nobody said."""
    code: Mapped[int | None]
    outage: Mapped[datetime | None]
    """Since when, as operators were told, nothing arrives. None: what they last heard is that all is well."""
    telling_until: Mapped[datetime | None]
    """A worker is telling them; when this is over and nothing is noted, another does."""
