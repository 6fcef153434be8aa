"""Who brought whose presses."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from notices.columns import Key, Ref, Tenant
from sync import Base, synced


@synced("carriages")
class Carriage(Base):
    """A bundle of which something arrived by this neighbour first."""

    __tablename__ = "carriage"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    person: Mapped[Ref]
    """Who had pressed."""
    device: Mapped[Ref]
    by: Mapped[Ref]
    """Who carried it."""
    presses: Mapped[int]
    """So many arrived with it; what was there before is not counted."""
    issued_at: Mapped[datetime]
    """By the clock of the phone that made it."""
    received_at: Mapped[datetime]
    __table_args__ = (Index("carriage_by_time", "tenant", "received_at"),)
