"""What a channel that counts its messages has left of the month is kept, as it last said: nobody who plans waits for LINE."""

import sqlalchemy as sa
from alembic import op

from sync.models import Instant

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "channel_quota",
        sa.Column("channel", sa.String(8), primary_key=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
    )
