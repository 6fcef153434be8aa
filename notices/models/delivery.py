"""How it leaves: planning makes deliveries, a message carries one or many of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base


class Planning(Base):
    """The work of turning one revision into deliveries, done in chunks of household order."""

    __tablename__ = "planning"
    tenant: Mapped[Tenant]
    notice: Mapped[Key]
    revision: Mapped[int] = mapped_column(primary_key=True)
    resend: Mapped[str] = mapped_column(String(12), default="all")
    """Whom: all, or only the unstamped."""
    urgency: Mapped[str] = mapped_column(String(10), default="ordinary", server_default="ordinary")
    after: Mapped[MaybeRef]
    """The last household planned, in order of id; the next chunk begins behind it."""
    deliveries: Mapped[int] = mapped_column(default=0)
    households: Mapped[int] = mapped_column(default=0, server_default="0")
    """Looked at so far."""
    stopped: Mapped[str | None]
    """Why it waits for an officer's word: `nobody` or `far-more`. Nothing more is planned meanwhile."""
    insisted: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often an officer has said that it is right."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(default=0)
    """Chunks that failed in a row; each waits longer, so that the others go on."""
    closed_at: Mapped[datetime | None]
    __table_args__ = (Index("planning_open", "closed_at", "due_at"),)


class Message(Base):
    """What leaves. Its states and their transitions: outcomes.py."""

    __tablename__ = "message"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    person: Mapped[Ref]
    address: Mapped[Ref]
    channel: Mapped[str] = mapped_column(String(8))
    lane: Mapped[str]
    urgency: Mapped[str] = mapped_column(String(10), default="ordinary")
    state: Mapped[str] = mapped_column(String(12), default="due")
    due_at: Mapped[datetime | None]
    """Set exactly while it waits (due, later): the index of what waits is made of it."""
    digest: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Gathers deliveries until it is due; what is left of them then goes out as one."""
    attempt: Mapped[int] = mapped_column(default=0)
    """Counted at claim; with the worker's name it fences a settle that comes too late."""
    worker: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    crossing_at: Mapped[datetime | None]
    """Committed before the moment after which nobody can tell whether it crossed: a worker killed after it leaves a doubt."""
    doubts: Mapped[int] = mapped_column(default=0)
    """How often it crossed without an answer: a second time is the last."""
    crashes: Mapped[int] = mapped_column(default=0)
    """How often a worker died, or rendering raised, while it held this message."""
    code: Mapped[int | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "state in ('due', 'sending', 'sent', 'later', 'failed', 'gone', 'skipped', 'unknown', 'quarantined')",
            name="message_state",
        ),
        Index(
            "message_waiting",
            "channel",
            "lane",
            "urgency",
            "due_at",
            "tenant",
            "id",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        # Not by the lease: where no index has what changes, PostgreSQL writes to none. And not by the state alone: until it
        # has counted, this would seem to it the shortest way to each message that is settled by its key.
        Index(
            "message_in_hand",
            "channel",
            "lane",
            sqlite_where=text("state = 'sending' AND channel > ''"),
            postgresql_where=text("state = 'sending' AND channel > ''"),
        ),
        Index(
            "message_gathering",
            "tenant",
            "address",
            sqlite_where=text("digest IS 1"),
            postgresql_where=text("digest IS TRUE"),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )


class Delivery(Base):
    """One revision of a notice, at one step of its ladder, to one address of one person; the key is what makes a replayed
    plan harmless."""

    __tablename__ = "delivery"
    tenant: Mapped[Tenant]
    notice: Mapped[Key]
    revision: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[Key]
    address: Mapped[Key]
    household: Mapped[Key]
    """The home it counts for; somebody with two homes in the audience has a row for each, and one message."""
    step: Mapped[str] = mapped_column(String(10), primary_key=True, default="first", server_default="first")
    """`first`, or the step of the ladder that repeats it: ladder/steps.py."""
    message: Mapped[Ref]
    __table_args__ = (Index("delivery_by_message", "tenant", "message"),)
