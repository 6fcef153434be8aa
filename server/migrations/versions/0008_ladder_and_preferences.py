"""What is due next per household; what a person wishes, in plain columns; messages that gather deliveries."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "rung",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("household", Id(), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "notice", "household", "step", name=op.f("pk_rung")),
    )
    op.create_index("rung_due", "rung", ["urgency", "at"], unique=False)
    for name in ("door_at", "residual_at"):
        op.add_column("notice_household", sa.Column(name, Instant(), nullable=True))
    op.add_column(
        "message", sa.Column("digest", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    _wishes()
    _steps()


def _wishes() -> None:
    op.drop_column("person", "preferences")  # was never written
    for name, kind, default in (
        ("muted", sa.String(), ","),
        ("digest", sa.String(length=8), "now"),
        ("digest_hour", sa.Integer(), "18"),
        ("digest_day", sa.Integer(), "4"),
    ):
        op.add_column("person", sa.Column(name, kind, nullable=False, server_default=default))
    for name in ("quiet_from", "quiet_to"):
        op.add_column("person", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("person", sa.Column("area", Id(), nullable=True))


def _steps() -> None:
    """The same notice may go to the same address again: the step becomes part of the key."""
    key = ["tenant", "notice", "revision", "person", "address", "household", "step"]
    step = sa.Column("step", sa.String(length=10), nullable=False, server_default="first")
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("delivery", recreate="always") as table:
            table.add_column(step)
            table.drop_constraint("pk_delivery", type_="primary")
            table.create_primary_key("pk_delivery", key)
        return
    op.add_column("delivery", step)
    op.drop_constraint("pk_delivery", "delivery", type_="primary")
    op.create_primary_key("pk_delivery", "delivery", key)
