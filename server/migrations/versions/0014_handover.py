"""Handovers; the folded words of notices, by which officers find them."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from notices.finding import folding
from sync.models import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "handover",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("association", Id(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("overlap_weeks", sa.Integer(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("altered", sa.JSON(), nullable=False),
        sa.Column("by", Id(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("by_title", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_handover")),
    )
    op.create_index("handover_of_association", "handover", ["tenant", "association", "begins"], unique=False)
    op.add_column("term", sa.Column("handover", Id(), nullable=True))
    op.add_column("notice", sa.Column("words", sa.String(), nullable=False, server_default=sa.text("''")))
    _fold_notices()


def _fold_notices() -> None:
    """Of notices that are there: without it they would not be found. A few hundred at a time are in memory."""
    notice = sa.table(
        "notice",
        sa.column("tenant", sa.String()),
        sa.column("id", Id()),
        sa.column("title", sa.String()),
        sa.column("body", sa.String()),
        sa.column("words", sa.String()),
    )
    bind = op.get_bind()
    left = sa.select(notice).where(notice.c.words == "").limit(500)
    same = (notice.c.tenant == sa.bindparam("t")) & (notice.c.id == sa.bindparam("i"))
    while rows := bind.execute(left).all():
        folded = [{"t": row.tenant, "i": row.id, "w": folding.of(row.title, row.body)} for row in rows]
        bind.execute(sa.update(notice).where(same).values(words=sa.bindparam("w")), folded)
