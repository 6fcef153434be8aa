"""A handover (引き継ぎ): seats that change hands on a day, scheduled in one transaction, and what it takes to undo that."""

from datetime import date, datetime

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, Ref, Tenant
from sync import Base, synced


@synced("handovers")
class Handover(Base):
    """Its new terms are rows of `term` that name it. It is to come until `begins`; then it has happened."""

    __tablename__ = "handover"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    association: Mapped[Ref]
    begins: Mapped[date]
    overlap_weeks: Mapped[int]
    """For so long those who leave keep their seats beside their successors."""
    said: Mapped[dict[str, object]] = mapped_column(JSON)
    """Its preview at the press: telling.py."""
    altered: Mapped[list[dict[str, str | None]]] = mapped_column(JSON)
    """Terms that were there before: {term, before, after}, the days on which each ended and now ends."""
    by: Mapped[Ref]
    by_name: Mapped[str]
    by_title: Mapped[str]
    made_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    __table_args__ = (Index("handover_of_association", "tenant", "association", "begins"),)
