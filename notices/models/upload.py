"""An attachment on its way: what has come of it so far, and what became of it."""

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, Ref, Tenant
from sync import Base


class Upload(Base):
    """The truth about an upload: a part that lies in the store counts only when it stands here."""

    __tablename__ = "upload"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    person: Mapped[Ref]
    name: Mapped[str]
    length: Mapped[int | None]
    """Bytes in all, once the client has said so."""
    received: Mapped[int] = mapped_column(default=0)
    parts: Mapped[list[list[object]]] = mapped_column(JSON, default=list)
    """[[bytes, SHA-256], …] in their order."""
    sha256: Mapped[str | None] = mapped_column(String(64))
    """Of the attachment it has become, which is then in the table `file`."""
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    __table_args__ = (Index("upload_of_person", "tenant", "person"),)
