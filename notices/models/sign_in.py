"""Ways in without paper: a code by mail, a passkey; and what the house writes to one person alone."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base


class MailedCode(Base):
    """Somebody asked for a code, whether or not we know the address: what a request writes must not tell."""

    __tablename__ = "mailed_code"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    purpose: Mapped[str] = mapped_column(String(8))
    lookup: Mapped[bytes]
    """Keyed hash of the address, as in `address`."""
    address: Mapped[bytes]
    """Encrypted."""
    code: Mapped[bytes]
    """Encrypted, not hashed: the worker has yet to write it into a mail."""
    person: Mapped[MaybeRef]
    """Who adds the address to their own; nobody yet where they want to sign in."""
    caller: Mapped[bytes]
    """Keyed hash of where the request came from."""
    tries: Mapped[int] = mapped_column(default=0)
    """Guesses at it, counted before they are looked at."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("purpose in ('sign-in', 'address')", name="mailed_code_purpose"),
        Index("mailed_code_by_address", "tenant", "lookup", "created_at"),
        Index("mailed_code_by_caller", "tenant", "caller", "created_at"),
        Index("mailed_code_by_time", "tenant", "created_at"),
    )


class Memo(Base):
    """A message that is no notice: what the house has to say to one person. What it is about is read as it leaves."""

    __tablename__ = "memo"
    tenant: Mapped[Tenant]
    message: Mapped[Key]
    about: Mapped[str] = mapped_column(String(16))
    """`code`, …: which room writes its words."""
    subject: Mapped[Ref]
    person: Mapped[Ref]
    at: Mapped[datetime]
    __table_args__ = (Index("memo_by_subject", "tenant", "subject"),)
