"""Work that is due at a time is a row, written with the fact that causes it."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Tenant
from sync import Base


class Due(Base):
    """`kind` and `subject` name the work once: `publish <notice>`, `reach <notice>.<block>`, `term <person>`."""

    __tablename__ = "due"
    tenant: Mapped[Tenant]
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    """When it was due and was not done, for the first of these attempts."""
    __table_args__ = (Index("due_by_time", "at"),)
