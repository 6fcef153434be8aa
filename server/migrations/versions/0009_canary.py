"""The canary of each channel, and what operators were told of it."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "canary",
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("flight", Id(), nullable=True),
        sa.Column("flights", sa.JSON(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("outage", Instant(), nullable=True),
        sa.Column("telling_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_canary")),
    )
