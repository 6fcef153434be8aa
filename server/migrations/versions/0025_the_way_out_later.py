"""A shorter wait for a second person holds from the next day on; until then what held before it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("city", sa.Column("alone_before", sa.Integer(), nullable=True))
    op.add_column("city", sa.Column("alone_from", sa.Date(), nullable=True))
