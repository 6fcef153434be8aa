"""Deletions have a time, so that they can be collected; scopes have segments; a town knows the server it lives on."""

import sqlalchemy as sa
from alembic import op

from sync.models import Instant

revision = "0002"
down_revision = "0001"

_GONE = sa.text("gone_at IS NOT NULL")
# Nobody knows when they went; from today on they are kept as long as any other.
_DATED = {
    "sqlite": "UPDATE sync_rec SET gone_at = strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z' WHERE del",
    "postgresql": "UPDATE sync_rec SET gone_at = now() WHERE del",
}


def upgrade() -> None:
    op.add_column("sync_rec", sa.Column("gone_at", Instant(), nullable=True))
    op.execute(_DATED[op.get_context().dialect.name])
    op.create_index(
        "sync_rec_gone", "sync_rec", ["tenant", "gone_at"], sqlite_where=_GONE, postgresql_where=_GONE
    )
    op.add_column("sync_meta", sa.Column("origin", sa.String(length=64), nullable=True))
    op.create_table(
        "sync_segment",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("sha", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scope_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("replaced_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "sha", name=op.f("pk_sync_segment")),
    )
