"""The health of one destination. Without a row it is well: most never say a word."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from sync import Base


class Lane(Base):
    """A push service's origin, a mail domain. One row for all cities: whoever tires of our letters tires of the house."""

    __tablename__ = "lane"
    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    paused_until: Mapped[datetime | None]
    asked: Mapped[bool] = mapped_column(default=False)
    """Whether the destination itself asked for the pause: then emergencies keep it too."""
    reason: Mapped[str | None]
    """Of the newest trouble, a slug of REASONS."""
    code: Mapped[int | None]
    troubles: Mapped[int] = mapped_column(default=0)
    """In a row, since anything was last taken."""
    last_ok_at: Mapped[datetime | None]
    last_trouble_at: Mapped[datetime | None]
    alarm: Mapped[str | None]
    """What somebody here must mend, a slug of REASONS: our key, our way of sending."""
    alarm_at: Mapped[datetime | None]
