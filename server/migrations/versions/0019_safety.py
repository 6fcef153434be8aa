"""Safety checks: what was said of people and homes, the boards as last counted, and the end of a check."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("notice", sa.Column("closed_at", Instant(), nullable=True))
    op.create_table(
        "safety_answer",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("household", Id(), nullable=False),
        sa.Column("subject", Id(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("by", Id(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("device", Id(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("said_at", Instant(), nullable=False),
        sa.Column("press", sa.String(length=64), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "state in ('safe', 'need-help', 'family-safe', 'at-shelter')",
            name=op.f("ck_safety_answer_answer_state"),
        ),
        sa.CheckConstraint("how in ('app', 'proxy', 'visit')", name=op.f("ck_safety_answer_answer_how")),
        sa.PrimaryKeyConstraint("tenant", "notice", "household", "subject", name=op.f("pk_safety_answer")),
    )
    op.create_index("answers_by_author", "safety_answer", ["tenant", "by"], unique=False)
    op.create_index("answers_of_subject", "safety_answer", ["tenant", "subject"], unique=False)
    op.create_table(
        "safety_board",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("block", Id(), nullable=False),
        sa.Column("association", Id(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "notice", "block", name=op.f("pk_safety_board")),
    )
