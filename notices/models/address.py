"""Where people are reached."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base


class Address(Base):
    """Where a person is reached on one channel. What identifies is encrypted; what planning needs is in clear."""

    __tablename__ = "address"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    person: Mapped[Ref]
    channel: Mapped[str] = mapped_column(String(8))
    secret: Mapped[bytes]
    """Encrypted: the mail address, or JSON of endpoint and keys of a push subscription."""
    lookup: Mapped[bytes]
    """Keyed hash of the address. Not unique: couples share one mail address."""
    lane: Mapped[str]
    """Destination in clear: mail domain, push origin."""
    state: Mapped[str] = mapped_column(String(12), default="live")
    reason: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0)
    hard_failed_on: Mapped[date | None]
    """The day in Tokyo of the first hard failure that is remembered. When what is suppressed: bounces/rules.py."""
    soft_score: Mapped[float | None]
    """As it was at `soft_failed_at`; it fades."""
    soft_failed_at: Mapped[datetime | None]
    suppressed_at: Mapped[datetime | None]
    stopped_topics: Mapped[list[str] | None] = mapped_column(JSON)
    """What its owner wants no mail about; emergencies come all the same."""
    device: Mapped[MaybeRef]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("channel in ('mail', 'push', 'line')", name="address_channel"),
        CheckConstraint("state in ('live', 'off', 'suppressed', 'gone')", name="address_state"),
        Index("address_by_person", "tenant", "person", "state"),
        Index("address_by_lookup", "tenant", "lookup"),
    )
