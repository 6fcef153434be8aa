"""A city's circular on its way through its associations, and the word to officers that one waits for them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base, synced


@synced("circulations")
class Circulation(Base):
    """The passage (回覧状況) of one circular through one association. What follows what: circulation/passage.py."""

    __tablename__ = "circulation"
    tenant: Mapped[Tenant]
    circular: Mapped[Key]
    association: Mapped[Key]
    state: Mapped[str] = mapped_column(String(10), default="received")
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[MaybeRef]
    """None where the association forwards by itself."""
    decided_name: Mapped[str | None]
    notice: Mapped[MaybeRef]
    """The association's own notice, once it is forwarded."""
    cover: Mapped[str] = mapped_column(default="", server_default=text("''"))
    deadline: Mapped[datetime | None]
    """The association's own; None: the city's."""
    reason: Mapped[str | None]
    """Why it is not for them."""
    households: Mapped[int] = mapped_column(default=0, server_default="0")
    """This and the five grades below: the ledger of `notice`, as it was last counted."""
    no_channel: Mapped[int] = mapped_column(default=0, server_default="0")
    planned: Mapped[int] = mapped_column(default=0, server_default="0")
    handed_over: Mapped[int] = mapped_column(default=0, server_default="0")
    on_the_phone: Mapped[int] = mapped_column(default=0, server_default="0")
    stamped: Mapped[int] = mapped_column(default=0, server_default="0")
    __table_args__ = (
        CheckConstraint("state in ('received', 'forwarded', 'declined')", name="circulation_state"),
        Index("circulation_of_association", "tenant", "association"),
    )


class Nudge(Base):
    """One message that tells one officer that a circular waits for their association; in place of a delivery."""

    __tablename__ = "nudge"
    tenant: Mapped[Tenant]
    message: Mapped[Key]
    person: Mapped[Key]
    circular: Mapped[Ref]
    association: Mapped[Ref]
    again: Mapped[bool]
    """Not the first word of it."""
