"""What officers did (append-only, chained), and answers kept so that a repeated request is answered alike."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Id, Key, Tenant
from sync import Base


class Audit(Base):
    """One officer's action. `hash` chains it to the one before (audit.py); triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit"
    tenant: Mapped[Tenant]
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str | None] = mapped_column(Id)
    """A person, or the source of an alert (cap_source). None: the operator at the command line, or nobody who pressed."""
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, object]] = mapped_column(JSON)
    hash: Mapped[bytes]


class AuditHead(Base):
    """The end of a tenant's chain; its locked row gives the order."""

    __tablename__ = "audit_head"
    tenant: Mapped[Tenant]
    seq: Mapped[int]
    hash: Mapped[bytes]


class MailedHead(Base):
    """A head on its way out of the house, which nobody who holds the database can take back."""

    __tablename__ = "mailed_head"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    seq: Mapped[int]
    hash: Mapped[bytes]
    mailbox: Mapped[bytes | None]
    """Encrypted: one of KAIRAN_AUDIT_MAIL. None: to those who work for the city, at their own addresses."""
    at: Mapped[datetime]


class Idempotency(Base):
    """What an Idempotency-Key answered, for one person."""

    __tablename__ = "idempotency"
    tenant: Mapped[Tenant]
    person: Mapped[Key]
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request: Mapped[bytes]
    """SHA-256 of route and body: another body under the same key is refused."""
    answer: Mapped[str] = mapped_column(Id)
    """The notice made."""
    at: Mapped[datetime]
