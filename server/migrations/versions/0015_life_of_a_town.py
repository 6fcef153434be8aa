"""What changed in homes, and which home another one has become a part of."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "life_change",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("association", Id(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("household", Id(), nullable=False),
        sa.Column("actor", Id(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("states", sa.JSON(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_life_change")),
    )
    op.create_index(
        "life_change_by_association", "life_change", ["tenant", "association", "at"], unique=False
    )
    op.create_table(
        "merged_home",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("household", Id(), nullable=False),
        sa.Column("into", Id(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "household", name=op.f("pk_merged_home")),
    )
    op.create_index("merged_home_into", "merged_home", ["tenant", "into"], unique=False)
