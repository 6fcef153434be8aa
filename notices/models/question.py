"""Whether all is well: the question to somebody whose phone has fallen silent. It is a message without a notice."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from notices.columns import Key, Ref, Tenant
from sync import Base


class Question(Base):
    """One message for one person; a couple that shares a mailbox is asked by one message. Kept: that it was asked is what
    keeps it from being asked again."""

    __tablename__ = "question"
    tenant: Mapped[Tenant]
    message: Mapped[Key]
    person: Mapped[Key]
    association: Mapped[Ref]
    """In whose name."""
    at: Mapped[datetime]
    __table_args__ = (Index("question_by_person", "tenant", "person", "at"),)
