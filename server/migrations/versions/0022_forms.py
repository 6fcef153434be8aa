"""Answers to the forms of notices, and how they stand."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0022"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "form_answer",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("whose", Id(), nullable=False),
        sa.Column("household", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("proxy", sa.Boolean(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("letter_to", Id(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("has_place", sa.Boolean(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.CheckConstraint("how in ('app', 'paper')", name=op.f("ck_form_answer_form_answer_how")),
        sa.PrimaryKeyConstraint("tenant", "notice", "whose", name=op.f("pk_form_answer")),
    )
    op.create_table(
        "form_tally",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("forgotten_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "notice", name=op.f("pk_form_tally")),
    )
