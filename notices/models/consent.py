"""What somebody has agreed to."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Tenant
from sync import Base, synced


@synced("consents")
class Consent(Base):
    """A version of the text, agreed to once; the first time counts."""

    __tablename__ = "consent"
    tenant: Mapped[Tenant]
    person: Mapped[Key]
    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    locale: Mapped[str] = mapped_column(String(8))
    """The language in which it was shown."""
    device: Mapped[MaybeRef]
    at: Mapped[datetime]
