"""The city's circulars and their passage through the associations."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    counts = ("households", "no_channel", "planned", "handed_over", "on_the_phone", "stamped")
    op.create_table(
        "circulation",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("circular", Id(), nullable=False),
        sa.Column("association", Id(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", Id(), nullable=True),
        sa.Column("decided_name", sa.String(), nullable=True),
        sa.Column("notice", Id(), nullable=True),
        sa.Column("cover", sa.String(), nullable=False, server_default=sa.text("''")),
        sa.Column("deadline", Instant(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in counts),
        sa.CheckConstraint(
            "state in ('received', 'forwarded', 'declined')", name=op.f("ck_circulation_circulation_state")
        ),
        sa.PrimaryKeyConstraint("tenant", "circular", "association", name=op.f("pk_circulation")),
    )
    op.create_index("circulation_of_association", "circulation", ["tenant", "association"], unique=False)
    _nudges()
    op.add_column("notice", sa.Column("circular", Id(), nullable=True))
    op.create_index("notice_by_publication", "notice", ["tenant", "published_at"], unique=False)
    op.add_column(
        "association", sa.Column("district", sa.String(), nullable=False, server_default=sa.text("''"))
    )
    by_itself: sa.Column[bool] = sa.Column(
        "forwards_by_itself", sa.Boolean(), nullable=False, server_default=sa.text("false")
    )
    op.add_column("association", by_itself)


def _nudges() -> None:
    op.create_table(
        "nudge",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("message", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("circular", Id(), nullable=False),
        sa.Column("association", Id(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "message", "person", name=op.f("pk_nudge")),
    )
