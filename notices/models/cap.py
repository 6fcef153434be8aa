"""Alerts of others: who may bring them, what came in and what became of it, which go out by themselves."""

from datetime import datetime

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base


class CapSource(Base):
    """Somebody's machine that may bring alerts, and of which senders. Made by an operator."""

    __tablename__ = "cap_source"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    name: Mapped[str]
    secret_hash: Mapped[bytes]
    """SHA-256 of a secret of 256 random bits."""
    senders: Mapped[list[str]] = mapped_column(JSON)
    """As alerts name them, exactly."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (Index("cap_source_by_secret", "secret_hash"),)


class CapAlert(Base):
    """One alert that came in. The same (sender, identifier, sent) is the same alert, however often it is brought."""

    __tablename__ = "cap_alert"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    source: Mapped[Ref]
    sender: Mapped[str]
    identifier: Mapped[str]
    sent: Mapped[str] = mapped_column(String(25))
    status: Mapped[str] = mapped_column(String(10))
    msg_type: Mapped[str] = mapped_column(String(8))
    event: Mapped[str]
    headline: Mapped[str]
    urgency: Mapped[str] = mapped_column(String(10))
    severity: Mapped[str] = mapped_column(String(10))
    certainty: Mapped[str] = mapped_column(String(10))
    areas: Mapped[list[str]] = mapped_column(JSON)
    xml: Mapped[bytes]
    """As it came."""
    first: Mapped[MaybeRef]
    """The first alert of the chain that this one goes on with, where that is here."""
    became: Mapped[str] = mapped_column(String(10))
    """draft, sent or ignored."""
    why: Mapped[str | None] = mapped_column(String(24))
    """A slug of judging.WHY: why it was ignored, or why a rule did not send it."""
    notice: Mapped[MaybeRef]
    rule: Mapped[MaybeRef]
    """The rule that sent it."""
    received_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("tenant", "sender", "identifier", "sent"),
        Index("cap_alert_by_time", "tenant", "received_at"),
    )


class CapRule(Base):
    """What the city lets go out by itself: alerts of one sender about one event, from these grades up."""

    __tablename__ = "cap_rule"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    sender: Mapped[str]
    event: Mapped[str]
    urgency: Mapped[str] = mapped_column(String(10))
    severity: Mapped[str] = mapped_column(String(10))
    certainty: Mapped[str] = mapped_column(String(10))
    audience: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    """As of a notice of the city."""
    active: Mapped[bool] = mapped_column(default=False)
    written_by: Mapped[Ref]
    written_at: Mapped[datetime]
    switched_by: Mapped[MaybeRef]
    switched_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
