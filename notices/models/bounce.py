"""What came back of a message that had left."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, Ref, Tenant
from sync import Base


class Bounce(Base):
    """A message fails in one way once: the key is what makes a repeated report harmless."""

    __tablename__ = "bounce"
    tenant: Mapped[Tenant]
    message: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    address: Mapped[Ref]
    status: Mapped[str | None] = mapped_column(String(12))
    """Of RFC 3463, such as 5.1.1."""
    at: Mapped[datetime]
    """When it failed, as far as that is known."""
    received_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("kind in ('hard', 'soft', 'refused', 'complaint')", name="bounce_kind"),
        Index("bounce_by_address", "tenant", "address", "at"),
    )
