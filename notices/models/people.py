"""Who there is: city, associations, blocks, households, people, seats, devices, addresses."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, Index, String, UniqueConstraint, or_, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from notices.columns import Key, MaybeRef, Ref, Tenant
from sync import Base, synced


@synced("cities")
class City(Base):
    __tablename__ = "city"
    tenant: Mapped[Tenant]
    id: Mapped[Ref]
    name: Mapped[str]
    contact: Mapped[str]
    """The line on every screen that says whom to ask."""
    locale: Mapped[str] = mapped_column(String(8), default="ja")
    demo: Mapped[bool] = mapped_column(default=False)
    on_hold: Mapped[bool] = mapped_column(default=False)
    """Set by a restore: nothing leaves the house until an operator lifts it."""
    alone_minutes: Mapped[int] = mapped_column(default=3, server_default="3")
    """How long an emergency waits for a second person before whoever asked may go on alone; 0 is never."""
    alone_before: Mapped[int | None]
    alone_from: Mapped[date | None]
    """Of requests asked before this day in Tokyo `alone_before` holds: whoever waits cannot shorten their own wait."""
    created_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("id"),)


@synced("associations")
class Association(Base):
    __tablename__ = "association"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    name: Mapped[str]
    slug: Mapped[str]
    contact: Mapped[str]
    district: Mapped[str] = mapped_column(default="", server_default=text("''"))  # 地区
    forwards_by_itself: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("tenant", "slug"),)


@synced("blocks")
class Block(Base):
    __tablename__ = "block"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    association: Mapped[Ref]
    name: Mapped[str]
    position: Mapped[int]
    ended_at: Mapped[datetime | None]
    __table_args__ = (Index("block_of_association", "tenant", "association", "position"),)


@synced("households", "roster")
class Household(Base):
    __tablename__ = "household"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    association: Mapped[Ref]
    block: Mapped[Ref]
    walk: Mapped[int]
    """Place in the block's walking order, from 1."""
    number: Mapped[str]
    """世帯番号 of the association's own list: how the roster finds this household again."""
    name: Mapped[str]
    street: Mapped[bytes | None]
    """Encrypted."""
    paper: Mapped[bool] = mapped_column(default=False)
    """By an officer's word or the roster's."""
    fell_at: Mapped[datetime | None]
    """On paper by itself since then, until somebody of it opens the app: healing/paper.py."""
    stays_off_paper: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """An officer took it off paper: it does not fall by itself before somebody of it was heard of."""
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    __table_args__ = (
        Index("household_in_walking_order", "tenant", "block", "walk"),
        Index("household_by_number", "tenant", "association", "number"),
    )

    @hybrid_property
    def on_paper(self) -> bool:
        """Whether it gets circulars on paper, by whosever word."""
        return self.paper or self.fell_at is not None

    @on_paper.inplace.expression
    @classmethod
    def _on_paper(cls) -> ColumnElement[bool]:
        return or_(cls.paper, cls.fell_at.is_not(None))


@synced("memberships", "preferences")
class Person(Base):
    __tablename__ = "person"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    number: Mapped[str | None]
    """住民番号 of the roster where the association keeps one."""
    name: Mapped[str]
    kana: Mapped[str] = mapped_column(default="")
    born: Mapped[int | None]
    """Year."""
    phone: Mapped[bytes | None]
    """Telephone, encrypted."""
    locale: Mapped[str] = mapped_column(String(8), default="ja")
    muted: Mapped[str] = mapped_column(default=",", server_default=",")
    """Topics of which no message is wanted, each between commas (`,events,money,`): one LIKE decides."""
    area: Mapped[MaybeRef]
    """The one association whose messages are wanted, of somebody with homes in two."""
    quiet_from: Mapped[int | None]
    """Minute of the day in Tokyo from which no message comes, until `quiet_to`."""
    quiet_to: Mapped[int | None]
    digest: Mapped[str] = mapped_column(String(8), default="now", server_default="now")
    """Ordinary messages: now, daily, weekly."""
    digest_hour: Mapped[int] = mapped_column(default=18, server_default="18")
    digest_day: Mapped[int] = mapped_column(default=4, server_default="4")
    """Of a weekly digest, 0 is Monday."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    """Since when this is a number alone: privacy/erasure.py."""


@synced("memberships")
class Resident(Base):
    """A person lives in a household; two rows where somebody has a home in two associations."""

    __tablename__ = "resident"
    tenant: Mapped[Tenant]
    household: Mapped[Key]
    person: Mapped[Key]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    __table_args__ = (Index("resident_by_person", "tenant", "person"),)


@synced("seats")
class Seat(Base):
    """A seat (役職) owns rights; people hold it for a term."""

    __tablename__ = "seat"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    role: Mapped[str] = mapped_column(String(16))
    title: Mapped[str]
    association: Mapped[MaybeRef]
    block: Mapped[MaybeRef]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "role in ('president', 'officer', 'block-leader', 'clerk', 'approver', 'helper')",
            name="seat_role",
        ),
        Index("seat_of_association", "tenant", "association"),
    )


@synced("memberships")
class Term(Base):
    """`begins` ≤ today < `ends`, days in Asia/Tokyo. A right is judged by these dates, never by a late worker."""

    __tablename__ = "term"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    seat: Mapped[Ref]
    person: Mapped[Ref]
    begins: Mapped[date]
    ends: Mapped[date | None]
    handover: Mapped[MaybeRef]
    """By which it came to be, where it was one: handover/scheduling.py."""
    __table_args__ = (Index("term_by_person", "tenant", "person"), Index("term_by_seat", "tenant", "seat"))


@synced("devices")
class Device(Base):
    __tablename__ = "device"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    person: Mapped[Ref]
    name: Mapped[str]
    number: Mapped[str] = mapped_column(String(2))
    """Two digits that the phone and the officer's list both show, so that a helper can compare them."""
    token_hash: Mapped[bytes]
    public_key: Mapped[bytes | None]
    carried_from: Mapped[MaybeRef]
    ticket: Mapped[MaybeRef]
    """By which it came in, or the device that it was before; none where it was by mail or passkey."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("tenant", "token_hash"),
        Index("device_by_person", "tenant", "person"),
    )


@synced("enrolments")
class Ticket(Base):
    """A way in for one named person, once: QR (10 minutes), paper slip (until used or revoked), carry code."""

    __tablename__ = "ticket"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    person: Mapped[Ref]
    kind: Mapped[str] = mapped_column(String(8))
    code_hash: Mapped[bytes]
    issued_by: Mapped[MaybeRef]
    device: Mapped[MaybeRef]
    """The device that moves itself, for a carry code."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("kind in ('qr', 'slip', 'carry')", name="ticket_kind"),
        UniqueConstraint("tenant", "code_hash"),
        Index("ticket_by_person", "tenant", "person"),
    )
