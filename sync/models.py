"""The six tables of the protocol.

A scope is a set of people who may see the same records; the log keeps one row per record and scope, at the
place (`seq`) of its last change. It is therefore always compact: a snapshot is a delta from 0, a delta is one
range scan of the primary key, and no record appears twice.

`tenant` comes first in every key: it is the key by which these tables can be spread over databases.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

FIRST_EPOCH = 1
_GONE = text("gone_at IS NOT NULL")

# Migrations must be able to name every constraint, on SQLite too.
NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment: aware UTC in Python, `timestamptz` on PostgreSQL, text of fixed width on SQLite.

    A naive datetime raises ValueError: nobody can say which moment it means. On SQLite the text is
    `2026-04-01T00:00:00.000000Z`, so that its order is the order of time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(27) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a datetime without an offset is not a moment: use an aware one")
        moment = value.astimezone(UTC)
        if dialect.name != "sqlite":
            return moment
        return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


def _name(length: int) -> String:
    """Text in byte order on both databases: a removal remembers its place by (type, id)."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Instant}  # noqa: RUF012  SQLAlchemy reads it from the class


class SyncScope(Base):
    """`head` is the counter of the scope and the lock that orders its commits.

    `live_n` and `live_x` are the count and the XOR of `h64` of the records that exist, kept in the UPDATE
    that moves `head`. `floor`: deletions at or below it may have been collected. `seg_to`, `seg_sha`: the
    immutable segment that holds a snapshot up to there.
    """

    __tablename__ = "sync_scope"
    __table_args__ = (UniqueConstraint("tenant", "kind", "key"),)

    tenant: Mapped[str] = mapped_column(String(8), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(_name(32))
    key: Mapped[str] = mapped_column(_name(64))
    head: Mapped[int] = mapped_column(BigInteger, default=0)
    floor: Mapped[int] = mapped_column(BigInteger, default=0)
    live_n: Mapped[int] = mapped_column(BigInteger, default=0)
    live_x: Mapped[int] = mapped_column(BigInteger, default=0)
    seg_to: Mapped[int] = mapped_column(BigInteger, default=0)
    seg_sha: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class SyncRecord(Base):
    """One record in its scope, at the seq of its last change.

    `born` is the seq at which it first appeared, and survives deletion and return. `body` holds the JSON
    bytes of `d` as they go over the wire (encrypted where `sealed`), nothing for a deletion. `gone_at`: when it
    was deleted; empty for what lives.
    """

    __tablename__ = "sync_rec"
    __table_args__ = (
        UniqueConstraint("tenant", "scope_id", "type", "rid"),
        # Of deletions alone, so that the collector need not read what lives.
        Index("sync_rec_gone", "tenant", "gone_at", sqlite_where=_GONE, postgresql_where=_GONE),
    )

    tenant: Mapped[str] = mapped_column(String(8), primary_key=True)
    scope_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(_name(32))
    rid: Mapped[str] = mapped_column(_name(64))
    born: Mapped[int] = mapped_column(BigInteger)
    rev: Mapped[int] = mapped_column(BigInteger)
    deleted: Mapped[bool] = mapped_column("del")
    h64: Mapped[int] = mapped_column(BigInteger)
    sealed: Mapped[bool]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    gone_at: Mapped[datetime | None]


class SyncSegment(Base):
    """An immutable snapshot of a scope, up to `seq`, that was or is offered to clients; its bytes are kept by
    content outside the database. `replaced_at`: since when no page names it.
    """

    __tablename__ = "sync_segment"

    tenant: Mapped[str] = mapped_column(String(8), primary_key=True)
    sha: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    scope_id: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    n: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class SyncMutation(Base):
    """The answer once given to a device's mutation: status, code and id as JSON, no personal data.

    A number in its place counts the tries of one that has failed and will come again.
    """

    __tablename__ = "sync_mutation"

    tenant: Mapped[str] = mapped_column(String(8), primary_key=True)
    device_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    mid: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]
    result: Mapped[str | None] = mapped_column(Text)


class SyncAck(Base):
    """How far a device has shown, by presenting a cursor, that it holds a scope."""

    __tablename__ = "sync_ack"

    tenant: Mapped[str] = mapped_column(String(8), primary_key=True)
    device_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    scope_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)


class SyncMeta(Base):
    """Per tenant: the epoch of its cursors, the id the next scope gets, and the server whose clients these are
    (`origin`, see `epochs`; empty until it is first looked at).
    """

    __tablename__ = "sync_meta"

    tenant: Mapped[str] = mapped_column(String(8), primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger, default=FIRST_EPOCH)
    next_scope: Mapped[int] = mapped_column(BigInteger, default=1)
    origin: Mapped[str | None] = mapped_column(String(64))
