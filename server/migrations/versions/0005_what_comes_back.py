"""Mail that comes back: which message, what it says about the mailbox, and what the mailbox's owner stopped."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "bounce",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("message", Id(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("address", Id(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "message", "kind", name=op.f("pk_bounce")),
        sa.CheckConstraint(
            "kind in ('hard', 'soft', 'refused', 'complaint')", name=op.f("ck_bounce_bounce_kind")
        ),
    )
    op.create_index("bounce_by_address", "bounce", ["tenant", "address", "at"], unique=False)
    op.add_column("address", sa.Column("hard_failed_on", sa.Date(), nullable=True))
    op.add_column("address", sa.Column("soft_score", sa.Double(), nullable=True))
    op.add_column("address", sa.Column("soft_failed_at", Instant(), nullable=True))
    op.add_column("address", sa.Column("suppressed_at", Instant(), nullable=True))
    op.add_column("address", sa.Column("stopped_topics", sa.JSON(), nullable=True))
    op.add_column("notice_household", sa.Column("came_back_at", Instant(), nullable=True))
