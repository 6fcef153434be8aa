"""What is said: notices, their revisions and files, and the households each was meant for."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Connection, Index, String, event, inspect, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from notices.columns import Id, Key, MaybeRef, Ref, Tenant
from notices.finding import folding
from sync import Base, synced


def _folded(context: DefaultExecutionContext) -> str:
    """Of a new notice, whoever makes it."""
    row: dict[str, str] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return folding.of(row["title"], row["body"])


@synced("notices", "drafts", "sent", "approvals", "circulations")
class Notice(Base):
    __tablename__ = "notice"
    tenant: Mapped[Tenant]
    id: Mapped[Key]
    association: Mapped[MaybeRef]
    """None: the city's own."""
    circular: Mapped[MaybeRef]
    """The city's circular that the association passes on by this notice."""
    refers_to: Mapped[MaybeRef]
    """The first message of its chain, where it is a follow-up or an all-clear: alarm/chain.py."""
    step: Mapped[str] = mapped_column(String(10), default="first", server_default="first")
    """first, update or all-clear."""
    template: Mapped[str | None] = mapped_column(String(32))
    """The prepared text it was made from: alarm/templates.py."""
    kind: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str] = mapped_column(String(24))
    title: Mapped[str]
    body: Mapped[str]
    words: Mapped[str] = mapped_column(default=_folded, server_default=text("''"), deferred=True)
    """Title and text as they are searched: finding/folding.py. Not read with the rest."""
    translations: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    audience: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    """{} is all; {"blocks": [id, …]}; of the city's own {"associations": [id, …]} or {"districts": [name, …]}."""
    form: Mapped[dict[str, object] | None] = mapped_column(JSON)
    public: Mapped[bool] = mapped_column(default=False)
    urgency: Mapped[str] = mapped_column(String(10), default="ordinary", server_default="ordinary")
    """ordinary, urgent or emergency: how its messages travel, and who is overtaken."""
    state: Mapped[str] = mapped_column(String(12))
    revision: Mapped[int] = mapped_column(default=1)
    stamp_round: Mapped[int] = mapped_column(default=1)
    author: Mapped[Ref]
    """A person; of the draft that an alert has become the source of that alert (cap_source)."""
    author_name: Mapped[str]
    author_title: Mapped[str]
    announced_by: Mapped[MaybeRef]
    """Who pressed, or rewrote the draft last; asked again when a held or scheduled notice goes out."""
    deadline: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    publish_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    """Of a safety check: since then its list is read as it is, and what comes is late."""
    __table_args__ = (
        CheckConstraint(
            "state in ('draft', 'scheduled', 'awaiting', 'held', 'published', 'withdrawn', 'expired')",
            name="notice_state",
        ),
        Index("notice_of_association", "tenant", "association", "created_at"),
        Index("notice_by_publication", "tenant", "published_at"),
        Index("notice_of_chain", "tenant", "refers_to"),
    )


@event.listens_for(Notice, "before_update")
def _fold_anew(_mapper: Mapper[Notice], _connection: Connection, row: Notice) -> None:
    """Whoever changes what it says: a correction, the city in its copies, time that empties it."""
    if any(inspect(row).attrs[name].history.has_changes() for name in ("title", "body")):
        row.words = folding.of(row.title, row.body)


@event.listens_for(Notice.kind, "set", active_history=True)
def _stays_what_it_is(_row: Notice, kind: str, before: object, _event: object) -> None:
    """No exercise becomes an emergency, and nothing else becomes another thing, whoever would have it so."""
    if isinstance(before, str) and kind != before:
        raise TypeError(f"a notice is of one kind for ever: this is of kind {before}")


class NoticeRevision(Base):
    """What was said at each revision, kept for ever: a correction replaces on phones, not in the record."""

    __tablename__ = "notice_revision"
    tenant: Mapped[Tenant]
    notice: Mapped[Key]
    revision: Mapped[int] = mapped_column(primary_key=True)
    said: Mapped[dict[str, object]] = mapped_column(JSON)
    resend: Mapped[str] = mapped_column(String(12), default="none")
    by: Mapped[Ref]
    at: Mapped[datetime]


class File(Base):
    __tablename__ = "file"
    tenant: Mapped[Tenant]
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str]
    size: Mapped[int]
    uploaded_by: Mapped[Ref]
    uploaded_at: Mapped[datetime]


class FileGrant(Base):
    """The members of a scope may read a file; the uploader may for 24 h without one."""

    __tablename__ = "file_grant"
    tenant: Mapped[Tenant]
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    scope_kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    scope_key: Mapped[str] = mapped_column(String(22), primary_key=True)
    notice: Mapped[Key]


class NoticeFile(Base):
    __tablename__ = "notice_file"
    tenant: Mapped[Tenant]
    notice: Mapped[Key]
    position: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]


class NoticeHousehold(Base):
    """A household a notice was meant for, fixed at publication: the denominator for ever.

    The facts below are what its grade is derived from (reach.py); each is set once per round and never unset.
    What is handed over may come back: that is a fact of its own, and the newer of the two counts.
    """

    __tablename__ = "notice_household"
    tenant: Mapped[Tenant]
    notice: Mapped[Key]
    household: Mapped[Key]
    block: Mapped[Ref]
    walk: Mapped[int]
    paper: Mapped[bool]
    round: Mapped[int] = mapped_column(default=1)
    planned: Mapped[int] = mapped_column(default=0)
    """Its deliveries that are still open or went well; one that fails for good is taken off."""
    failed: Mapped[str | None]
    """The reason of its newest terminal failure, a slug of outcomes.REASONS."""
    handed_over_at: Mapped[datetime | None]
    came_back_at: Mapped[datetime | None]
    """When the last of what had been handed over came back: since then nobody has it."""
    on_phone_at: Mapped[datetime | None]
    not_home_at: Mapped[datetime | None]
    stamped_at: Mapped[datetime | None]
    stamped_how: Mapped[str | None] = mapped_column(String(8))
    stamped_by: Mapped[str | None] = mapped_column(Id)
    proxy: Mapped[bool] = mapped_column(default=False)
    door_at: Mapped[datetime | None]
    """Since when it stands on its block leader's walking list: no channel brought a proof."""
    residual_at: Mapped[datetime | None]
    """Since when it is left to the president and the city: nobody brought one from the door either."""
    __table_args__ = (
        # PostgreSQL believes a notice to be a row or two until it has counted, and would look through all its homes
        # for those of a thousand keys. A block is never NULL: this is only for questions that name blocks.
        Index(
            "reach_in_walking_order",
            "tenant",
            "notice",
            "block",
            "walk",
            postgresql_where=text("block IS NOT NULL"),
        ),
        # Every home is written to as it is planned: where its page has room, no index is.
        {"postgresql_with": {"fillfactor": 50}},
    )
