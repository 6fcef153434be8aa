"""Codes by mail, passkeys, and what waits for a second person."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0012"
down_revision = "0010"


def upgrade() -> None:
    _ways_in()


def _ways_in() -> None:
    op.create_table(
        "mailed_code",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("person", Id(), nullable=True),
        sa.Column("caller", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "purpose in ('sign-in', 'address')", name=op.f("ck_mailed_code_mailed_code_purpose")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_mailed_code")),
    )
    op.create_index("mailed_code_by_address", "mailed_code", ["tenant", "lookup", "created_at"], unique=False)
    op.create_index("mailed_code_by_caller", "mailed_code", ["tenant", "caller", "created_at"], unique=False)
    op.create_index("mailed_code_by_time", "mailed_code", ["tenant", "created_at"], unique=False)
    op.create_table(
        "memo",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("message", Id(), nullable=False),
        sa.Column("about", sa.String(length=16), nullable=False),
        sa.Column("subject", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "message", name=op.f("pk_memo")),
    )
    op.create_index("memo_by_subject", "memo", ["tenant", "subject"], unique=False)
