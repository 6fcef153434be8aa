"""What waits for a second person before it goes to the whole city."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base, synced


@synced("approvals")
class Approval(Base):
    """One request for one notice, exactly as it was; its states and their transitions: approval/states.py."""

    __tablename__ = "approval"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    notice: Mapped[Ref]
    revision: Mapped[int]
    """Counts the requests for this notice, from 1: an approval names the one that was seen."""
    said: Mapped[bytes]
    """SHA-256 of what is to be approved."""
    state: Mapped[str] = mapped_column(String(12))
    asked_by: Mapped[Ref]
    asked_name: Mapped[str]
    asked_title: Mapped[str]
    asked_at: Mapped[datetime]
    forecast: Mapped[dict[str, int] | None] = mapped_column(JSON)
    """None until it is counted."""
    decided_by: Mapped[MaybeRef]
    decided_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    alone: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Nobody answered, and whoever asked went on by themselves: alarm/alone.py."""
    __table_args__ = (
        CheckConstraint("state in ('awaiting', 'approved', 'refused', 'withdrawn')", name="approval_state"),
        UniqueConstraint("tenant", "notice", "revision"),
    )
