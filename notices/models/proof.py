"""Who has seen it: a household's stamps, a neighbour's visits. First proof wins; nothing is overwritten."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base, synced


@synced("stamps")
class Stamp(Base):
    __tablename__ = "stamp"
    tenant: Mapped[Tenant]
    notice: Mapped[Key]
    household: Mapped[Key]
    round: Mapped[int] = mapped_column(primary_key=True)
    person: Mapped[Ref]
    device: Mapped[MaybeRef]
    proxy: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    """When it was pressed, by the phone's clock; never used for order."""
    received_at: Mapped[datetime]


@synced("visits")
class Visit(Base):
    __tablename__ = "visit"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    notice: Mapped[Ref]
    household: Mapped[Ref]
    kind: Mapped[str] = mapped_column(String(10))
    by: Mapped[Ref]
    said_by: Mapped[MaybeRef]
    """Who of the household said so."""
    round: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    """Of the notice, when it was taken in: a proof of an earlier round proves nothing of this one."""
    sheet: Mapped[MaybeRef]
    """The printed sheet that came back with it."""
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    """By its author, who had pressed by mistake; the row stays."""
    __table_args__ = (
        CheckConstraint("kind in ('told', 'not-home', 'paper')", name="visit_kind"),
        Index("visit_by_notice", "tenant", "notice", "household"),
    )
