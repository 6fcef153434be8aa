"""Codes by which residents tell the official account on LINE who they are."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "line_code",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_line_code")),
        sa.UniqueConstraint("tenant", "code_hash", name=op.f("uq_line_code_tenant_code_hash")),
    )
    op.create_index("line_code_of_person", "line_code", ["tenant", "person"], unique=False)
