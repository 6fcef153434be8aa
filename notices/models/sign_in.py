"""Ways in without paper: a code by mail, a passkey; and what the house writes to one person alone."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
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


class Passkey(Base):
    """Of somebody who works for the city: what proves that it is they, and not who has their phone."""

    __tablename__ = "passkey"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    person: Mapped[Ref]
    credential: Mapped[bytes]
    """The credential's id, as the authenticator made it."""
    public_key: Mapped[bytes]
    """COSE."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """As it was last told; one that does not grow is of a copy. Passkeys that are kept in a cloud always say 0."""
    name: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("tenant", "credential"),
        Index("passkey_of_person", "tenant", "person"),
    )


class SpentChallenge(Base):
    """A challenge that was answered once, until it is too old to be answered again. Until then it is kept nowhere."""

    __tablename__ = "spent_challenge"
    tenant: Mapped[Tenant]
    challenge: Mapped[bytes] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


class StepUp(Base):
    """When a device last proved by a passkey that it is its person who holds it."""

    __tablename__ = "step_up"
    tenant: Mapped[Tenant]
    device: Mapped[Key]
    passkey: Mapped[Ref]
    at: Mapped[datetime]
