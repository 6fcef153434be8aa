"""Printed sheets and the homes on them; visits that were taken back, or came with a sheet."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "sheet",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("association", Id(), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("block", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("printed_by", Id(), nullable=False),
        sa.Column("printed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_sheet")),
        sa.UniqueConstraint("tenant", "association", "code", name=op.f("uq_sheet_tenant_association_code")),
    )
    op.create_index("sheet_of_notice", "sheet", ["tenant", "notice", "block", "number"], unique=True)
    op.create_table(
        "sheet_home",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("sheet", Id(), nullable=False),
        sa.Column("household", Id(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "sheet", "household", name=op.f("pk_sheet_home")),
    )
    op.add_column("visit", sa.Column("round", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.add_column("visit", sa.Column("sheet", Id(), nullable=True))
    op.add_column("visit", sa.Column("taken_back_at", Instant(), nullable=True))
