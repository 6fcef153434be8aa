"""Who speaks for whom, by recorded consent; who wants to be asked each morning; what a family has been told."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base, synced


@synced("proxies")
class Proxy(Base):
    """One person speaks for another. Begins as an invitation, is taken up by its code, and ends; nothing is deleted.

    What it allows is judged at every request: proxies/acting.py.
    """

    __tablename__ = "proxy"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    represented: Mapped[Ref]
    """Who consented. The home is the one that they live in at the time."""
    person: Mapped[MaybeRef]
    """Who speaks for them; nobody yet while it is an invitation."""
    name: Mapped[str]
    """Of whom was invited, until they come: then it is their own."""
    basis: Mapped[str] = mapped_column(String(12))
    receive: Mapped[bool]
    stamp: Mapped[bool]
    answer: Mapped[bool]
    hear_after: Mapped[int | None]
    """Minutes for which an urgent notice stays unseen before they hear of it; None: they do not."""
    begins: Mapped[date]
    ends: Mapped[date]
    """`begins` ≤ today < `ends`, days in Asia/Tokyo."""
    consent: Mapped[str] = mapped_column(String(8))
    """On the represented person's own phone, or on paper before a witness."""
    recorded_by: Mapped[Ref]
    """Whose phone that was: the represented person's, or the witness's."""
    recorded_at: Mapped[datetime]
    code_hash: Mapped[bytes | None]
    """Of the code that takes it up, for as long as it has not ended."""
    code_until: Mapped[datetime | None]
    seat: Mapped[MaybeRef]
    """Of a block leader: it is theirs for as long as they hold that seat."""
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[MaybeRef]
    reason: Mapped[str | None] = mapped_column(String(12))
    """Why it ended: withdrawn, over, moved, seat, erased."""
    __table_args__ = (
        CheckConstraint("basis in ('family', 'commissioner', 'leader', 'other')", name="proxy_basis"),
        CheckConstraint("consent in ('phone', 'paper')", name="proxy_consent"),
        UniqueConstraint("tenant", "code_hash"),
        Index("proxy_by_person", "tenant", "person"),
        Index("proxy_by_represented", "tenant", "represented"),
    )


@synced("greetings")
class Greeting(Base):
    """Somebody presses 「元気です」 each day, because they want to. No row: they do not."""

    __tablename__ = "greeting"
    tenant: Mapped[Tenant]
    person: Mapped[Key]
    until: Mapped[int]
    """Minute of the day in Tokyo by which it is pressed."""
    away_to: Mapped[date | None]
    """The last day of a journey: until then nobody is told."""
    since: Mapped[datetime]
    pressed_for: Mapped[date | None]
    """The newest day for which it was pressed."""
    pressed_at: Mapped[datetime | None]
    """By the phone's clock."""


class FamilyTold(Base):
    """What a proxy who wanted to hear has been told, once: a notice nobody saw, a press that was missing or came late."""

    __tablename__ = "family_told"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    proxy: Mapped[Ref]
    what: Mapped[str] = mapped_column(String(8))
    notice: Mapped[MaybeRef]
    day: Mapped[date | None]
    at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("what in ('unseen', 'missing', 'late')", name="family_told_what"),
        UniqueConstraint("tenant", "proxy", "notice"),
        UniqueConstraint("tenant", "proxy", "what", "day"),
    )
