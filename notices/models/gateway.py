"""Where notices go beside people: a loudspeaker's controller, an SNS poster, the homepage."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base


class Gateway(Base):
    """An address that takes signed calls. Without an association it is told of every notice of the city."""

    __tablename__ = "gateway"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    association: Mapped[MaybeRef]
    name: Mapped[str]
    url: Mapped[bytes]
    """Encrypted: a path may be a right."""
    secret: Mapped[bytes]
    """Encrypted: by it the other side tells our calls from forged ones."""
    kinds: Mapped[list[str]] = mapped_column(JSON)
    """[] is every kind."""
    topics: Mapped[list[str]] = mapped_column(JSON)
    """[] is every topic but obituaries, which go only where they are asked for."""
    state: Mapped[str] = mapped_column(String(8), default="live")
    failures: Mapped[int] = mapped_column(default=0)
    """Calls given up in a row."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("state in ('live', 'removed')", name="gateway_state"),
        Index("gateway_by_state", "tenant", "state"),
    )


class GatewayCall(Base):
    """One thing that happened to a notice, to be told to one gateway; a lease and a fence as for messages."""

    __tablename__ = "gateway_call"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    gateway: Mapped[Ref]
    notice: Mapped[Ref]
    event: Mapped[str] = mapped_column(String(12))
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(String(8), default="due")
    due_at: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    code: Mapped[int | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("event in ('published', 'corrected', 'withdrawn', 'expired')", name="gateway_event"),
        CheckConstraint(
            "state in ('due', 'sending', 'sent', 'failed', 'skipped')", name="gateway_call_state"
        ),
        UniqueConstraint("tenant", "gateway", "notice", "event", "revision"),
        Index(
            "gateway_call_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "gateway_call_leased",
            "lease_until",
            sqlite_where=text("lease_until IS NOT NULL"),
            postgresql_where=text("lease_until IS NOT NULL"),
        ),
    )
