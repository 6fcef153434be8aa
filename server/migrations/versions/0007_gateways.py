"""Gateways: where notices go beside people, and the ledger of what they were told."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "gateway",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("association", Id(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint("state in ('live', 'removed')", name=op.f("ck_gateway_gateway_state")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_gateway")),
    )
    op.create_index("gateway_by_state", "gateway", ["tenant", "state"])
    _calls()


def _calls() -> None:
    events = "event in ('published', 'corrected', 'withdrawn', 'expired')"
    states = "state in ('due', 'sending', 'sent', 'failed', 'skipped')"
    once = ("tenant", "gateway", "notice", "event", "revision")
    op.create_table(
        "gateway_call",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("gateway", Id(), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("event", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.CheckConstraint(events, name=op.f("ck_gateway_call_gateway_event")),
        sa.CheckConstraint(states, name=op.f("ck_gateway_call_gateway_call_state")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_gateway_call")),
        sa.UniqueConstraint(*once, name=op.f(f"uq_gateway_call_{'_'.join(once)}")),
    )
    for name, column in (("gateway_call_due", "due_at"), ("gateway_call_leased", "lease_until")):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "gateway_call", [column], sqlite_where=where, postgresql_where=where)
