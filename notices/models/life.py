"""What changed in homes: told to officers and block leaders for a while, and how it is taken back; what became of a home."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base, synced


@synced("changes")
class LifeChange(Base):
    """One operation on a home. Ids and dates alone; names are looked up. Rows are kept for a season, the audit for ever."""

    __tablename__ = "life_change"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    association: Mapped[Ref]
    kind: Mapped[str] = mapped_column(String(16))
    household: Mapped[Ref]
    actor: Mapped[MaybeRef]
    at: Mapped[datetime]
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What is told of it: telling.Told."""
    states: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """How the rows were and are: undoing.py."""
    undone_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    """When the other association took in those who were sent there."""
    __table_args__ = (Index("life_change_by_association", "tenant", "association", "at"),)


class MergedHome(Base):
    """A household that ended as its people became a part of another: whoever stamps there has read for this one too."""

    __tablename__ = "merged_home"
    tenant: Mapped[Tenant]
    household: Mapped[Key]
    into: Mapped[Ref]
    __table_args__ = (Index("merged_home_into", "tenant", "into"),)
