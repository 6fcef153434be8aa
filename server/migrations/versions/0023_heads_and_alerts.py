"""Heads of the audit that leave the house."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "mailed_head",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_mailed_head")),
    )
    _a_first_mail()


def _a_first_mail() -> None:
    """Of the cities that are there already; a new one has its row with its first entry."""
    due = sa.table(
        "due",
        *(sa.column(name) for name in ("tenant", "kind", "subject", "attempt")),
        sa.column("at", Instant()),
    )
    heads = sa.table("audit_head", sa.column("tenant"))
    now = sa.literal(datetime.now(UTC), Instant())
    rows = sa.select(heads.c.tenant, sa.literal("head"), heads.c.tenant, sa.literal(0), now)
    op.execute(due.insert().from_select(["tenant", "kind", "subject", "attempt", "at"], rows))
