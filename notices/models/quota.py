"""How many messages of a month a channel has left."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from sync import Base


class ChannelQuota(Base):
    """As the channel last said it. One row for a channel that counts: LINE counts for the whole house."""

    __tablename__ = "channel_quota"
    channel: Mapped[str] = mapped_column(String(8), primary_key=True)
    used: Mapped[int]
    most: Mapped[int | None]
    """None: as many as one likes."""
    asked_at: Mapped[datetime]
