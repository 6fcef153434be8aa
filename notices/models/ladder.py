"""What is done next where there is no proof yet."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, Tenant
from sync import Base


class Rung(Base):
    """A step of a notice's ladder that is due for one household. Which follows which: ladder/steps.py."""

    __tablename__ = "rung"
    tenant: Mapped[Tenant]
    notice: Mapped[Key]
    household: Mapped[Key]
    step: Mapped[str] = mapped_column(String(10), primary_key=True)
    urgency: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    __table_args__ = (Index("rung_due", "urgency", "at"),)
