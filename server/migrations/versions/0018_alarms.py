"""Emergencies and exercises: chains of messages, prepared texts, and the way out at night."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("notice", sa.Column("refers_to", Id(), nullable=True))
    op.add_column("notice", sa.Column("step", sa.String(length=10), nullable=False, server_default="first"))
    op.add_column("notice", sa.Column("template", sa.String(length=32), nullable=True))
    op.create_index("notice_of_chain", "notice", ["tenant", "refers_to"], unique=False)
    op.add_column(
        "approval", sa.Column("alone", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.add_column("city", sa.Column("alone_minutes", sa.Integer(), nullable=False, server_default="3"))
