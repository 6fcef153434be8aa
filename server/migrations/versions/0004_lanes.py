"""Urgency of a notice; the health of each destination as one row; what waits is found lane by lane."""

import sqlalchemy as sa
from alembic import op

from sync.models import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for table in ("notice", "planning"):
        op.add_column(table, sa.Column("urgency", sa.String(10), nullable=False, server_default="ordinary"))
    for name in ("households", "insisted"):
        op.add_column("planning", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("planning", sa.Column("stopped", sa.String(), nullable=True))
    _lanes()
    # From now on a time to be sent is a thing of what waits, and of nothing else.
    op.execute("UPDATE message SET due_at = NULL WHERE state NOT IN ('due', 'later')")
    op.drop_index("message_due", table_name="message")
    waiting = ["channel", "lane", "urgency", "due_at", "tenant", "id"]
    where = sa.text("due_at IS NOT NULL")
    op.create_index("message_waiting", "message", waiting, sqlite_where=where, postgresql_where=where)
    where = sa.text("lease_until IS NOT NULL")
    op.create_index("message_leased", "message", ["lease_until"], sqlite_where=where, postgresql_where=where)


def _lanes() -> None:
    op.create_table(
        "lane",
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("troubles", sa.Integer(), nullable=False),
        sa.Column("last_ok_at", Instant(), nullable=True),
        sa.Column("last_trouble_at", Instant(), nullable=True),
        sa.Column("alarm", sa.String(), nullable=True),
        sa.Column("alarm_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("channel", "name", name=op.f("pk_lane")),
    )
