"""What waits to be sent to the official account on LINE: a code of somebody who wants their notices there."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from notices.columns import Key, Ref, Tenant
from sync import Base


class LineCode(Base):
    """Six digits, kept as a hash, good once and for minutes. The row goes with its use, or with the next code."""

    __tablename__ = "line_code"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    person: Mapped[Ref]
    code_hash: Mapped[bytes]
    expires_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("tenant", "code_hash"),
        Index("line_code_of_person", "tenant", "person"),
    )
