"""Who is safe: what was said of a person or a home in a safety check, and how each block stood when it was last counted."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base, synced


@synced("answers")
class SafetyAnswer(Base):
    """The newest of each subject: a person, or the home as a whole. `at`, `said_at` and `press` are its order."""

    __tablename__ = "safety_answer"
    tenant: Mapped[Tenant]
    notice: Mapped[Key]
    household: Mapped[Key]
    subject: Mapped[Key]
    """A person's id; the household's own where everybody in it is meant."""
    state: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(100))
    by: Mapped[Ref]
    how: Mapped[str] = mapped_column(String(8))
    device: Mapped[MaybeRef]
    at: Mapped[datetime]
    """When it was pressed, by our clock as far as the phone's is known, and never later than it arrived."""
    said_at: Mapped[datetime]
    """As the phone said it: tells the presses of one phone apart whose clock is ahead."""
    press: Mapped[str] = mapped_column(String(64))
    """The mutation it came by: of two at the same moment all servers choose the same."""
    late: Mapped[bool] = mapped_column(default=False)
    """It arrived after the check was closed."""
    received_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("state in ('safe', 'need-help', 'family-safe', 'at-shelter')", name="answer_state"),
        CheckConstraint("how in ('app', 'proxy', 'visit')", name="answer_how"),
        Index("answers_by_author", "tenant", "by"),
        Index("answers_of_subject", "tenant", "subject"),
    )


@synced("safety")
class SafetyBoard(Base):
    """A block's columns as they were last counted: what a city's are added up from."""

    __tablename__ = "safety_board"
    tenant: Mapped[Tenant]
    notice: Mapped[Key]
    block: Mapped[Key]
    association: Mapped[Ref]
    counts: Mapped[dict[str, dict[str, int]]] = mapped_column(JSON)
