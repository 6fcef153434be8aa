"""Who brought whose presses from a phone without a signal."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "carriage",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("device", Id(), nullable=False),
        sa.Column("by", Id(), nullable=False),
        sa.Column("presses", sa.Integer(), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_carriage")),
    )
    op.create_index("carriage_by_time", "carriage", ["tenant", "received_at"], unique=False)
