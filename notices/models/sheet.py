"""Sheets of paper that were printed: of a notice for a block, with the homes that stood on each."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, Ref, Tenant
from sync import Base, synced


@synced("sheets")
class Sheet(Base):
    """A print: what comes back with this code is this list, whatever has been printed since."""

    __tablename__ = "sheet"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    association: Mapped[Ref]
    notice: Mapped[Ref]
    block: Mapped[Ref]
    number: Mapped[int]
    """Of the prints of this notice for this block, from 1."""
    code: Mapped[str] = mapped_column(String(6))
    """Keyed by hand when it comes back; known in its association alone."""
    revision: Mapped[int]
    """Of the text on it."""
    round: Mapped[int]
    printed_by: Mapped[Ref]
    printed_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("tenant", "association", "code"),
        Index("sheet_of_notice", "tenant", "notice", "block", "number", unique=True),
    )


class SheetHome(Base):
    """A line of the list on a sheet."""

    __tablename__ = "sheet_home"
    tenant: Mapped[Tenant]
    sheet: Mapped[Key]
    household: Mapped[Key]
    place: Mapped[int]
    """In walking order, from 1."""
