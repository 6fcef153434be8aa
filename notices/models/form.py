"""What was answered to the form of a notice, one answer for each household or person, and how it all stands."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base, synced


@synced("form-answers")
class FormAnswer(Base):
    """The newest answer of a household or a person; it is changed in place until the deadline."""

    __tablename__ = "form_answer"
    tenant: Mapped[Tenant]
    notice: Mapped[Key]
    whose: Mapped[Key]
    """The household or the person that the form asks."""
    household: Mapped[Ref]
    person: Mapped[Ref]
    """Who pressed; where it came on paper, the officer or leader who entered it."""
    how: Mapped[str] = mapped_column(String(8))
    proxy: Mapped[bool] = mapped_column(default=False)
    said: Mapped[dict[str, object]] = mapped_column(JSON)
    """As forms/said.py makes it."""
    letter_to: Mapped[MaybeRef]
    """The household of the person who holds its proxy letter."""
    people: Mapped[int] = mapped_column(default=0)
    turn: Mapped[int | None]
    """The order in which places were asked for, of those who come."""
    has_place: Mapped[bool] = mapped_column(default=False)
    line: Mapped[int | None]
    """Its place in the line as its phones were told last."""
    again: Mapped[bool] = mapped_column(default=False)
    """A part of it was taken away by a correction, and it is asked for once more."""
    at: Mapped[datetime]
    """When it was pressed, by the phone's clock: of two answers the newer stands."""
    received_at: Mapped[datetime]
    __table_args__ = (CheckConstraint("how in ('app', 'paper')", name="form_answer_how"),)


class FormTally(Base):
    """One row for each form that is out. Whoever answers locks it: so places are given in one order, by the server."""

    __tablename__ = "form_tally"
    tenant: Mapped[Tenant]
    notice: Mapped[Key]
    turns: Mapped[int] = mapped_column(default=0)
    """How often places have been asked for."""
    counts: Mapped[dict[str, object]] = mapped_column(JSON)
    """As forms/counting.py made them last; they stay when the answers have gone."""
    forgotten_at: Mapped[datetime | None]
    """Since when answers are gone, by time: it is counted no more."""
