"""Who speaks for whom, who presses each morning, what a family was told."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    _proxies()
    op.create_table(
        "greeting",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("away_to", sa.Date(), nullable=True),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("pressed_for", sa.Date(), nullable=True),
        sa.Column("pressed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "person", name=op.f("pk_greeting")),
    )
    op.create_table(
        "family_told",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("proxy", Id(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint(
            "what in ('unseen', 'missing', 'late')", name=op.f("ck_family_told_family_told_what")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_family_told")),
        sa.UniqueConstraint("tenant", "proxy", "notice", name=op.f("uq_family_told_tenant_proxy_notice")),
        sa.UniqueConstraint(
            "tenant", "proxy", "what", "day", name=op.f("uq_family_told_tenant_proxy_what_day")
        ),
    )


def _proxies() -> None:
    op.create_table(
        "proxy",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("represented", Id(), nullable=False),
        sa.Column("person", Id(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("basis", sa.String(length=12), nullable=False),
        sa.Column("receive", sa.Boolean(), nullable=False),
        sa.Column("stamp", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.Boolean(), nullable=False),
        sa.Column("hear_after", sa.Integer(), nullable=True),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("consent", sa.String(length=8), nullable=False),
        sa.Column("recorded_by", Id(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_until", Instant(), nullable=True),
        sa.Column("seat", Id(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", Id(), nullable=True),
        sa.Column("reason", sa.String(length=12), nullable=True),
        sa.CheckConstraint(
            "basis in ('family', 'commissioner', 'leader', 'other')", name=op.f("ck_proxy_proxy_basis")
        ),
        sa.CheckConstraint("consent in ('phone', 'paper')", name=op.f("ck_proxy_proxy_consent")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_proxy")),
        sa.UniqueConstraint("tenant", "code_hash", name=op.f("uq_proxy_tenant_code_hash")),
    )
    op.create_index("proxy_by_person", "proxy", ["tenant", "person"], unique=False)
    op.create_index("proxy_by_represented", "proxy", ["tenant", "represented"], unique=False)
