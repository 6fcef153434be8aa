"""Who has looked at whose names; what people agreed to; people who are a number alone."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "look",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("block", Id(), nullable=False),
        sa.Column("notice", Id(), nullable=True),
        sa.Column("by", Id(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_look")),
    )
    op.create_index("look_at_block", "look", ["tenant", "block", "at"], unique=False)
    op.create_table(
        "consent",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("device", Id(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person", "version", name=op.f("pk_consent")),
    )
    op.add_column("person", sa.Column("erased_at", Instant(), nullable=True))
