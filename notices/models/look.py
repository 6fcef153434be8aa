"""Who has looked at whose names."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base, synced


@synced("looks")
class Look(Base):
    """A leader or officer opened a screen with the names of a block's homes."""

    __tablename__ = "look"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    block: Mapped[Ref]
    notice: Mapped[MaybeRef]
    """None: the list of homes itself."""
    by: Mapped[Ref]
    at: Mapped[datetime]
    """By the phone's clock, never later than it arrived."""
    received_at: Mapped[datetime]
    __table_args__ = (Index("look_at_block", "tenant", "block", "at"),)
