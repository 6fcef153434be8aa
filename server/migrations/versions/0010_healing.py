"""Questions to people whose phones fell silent; homes that get paper by themselves."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("message", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("association", Id(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "message", "person", name=op.f("pk_question")),
    )
    op.create_index("question_by_person", "question", ["tenant", "person", "at"], unique=False)
    op.add_column("household", sa.Column("fell_at", Instant(), nullable=True))
    op.add_column(
        "household",
        sa.Column("stays_off_paper", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
