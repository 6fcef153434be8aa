"""Handovers; the folded words of notices, by which officers find them."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "handover",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("association", Id(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("overlap_weeks", sa.Integer(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("altered", sa.JSON(), nullable=False),
        sa.Column("by", Id(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("by_title", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_handover")),
    )
    op.create_index("handover_of_association", "handover", ["tenant", "association", "begins"], unique=False)
    op.add_column("term", sa.Column("handover", Id(), nullable=True))
