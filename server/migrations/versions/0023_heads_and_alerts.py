"""Heads of the audit that leave the house; alerts of others that come in."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "mailed_head",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_mailed_head")),
    )
    _a_first_mail()
    _sources()
    _alerts()
    _rules()


def _a_first_mail() -> None:
    """Of the cities that are there already; a new one has its row with its first entry."""
    due = sa.table(
        "due",
        *(sa.column(name) for name in ("tenant", "kind", "subject", "attempt")),
        sa.column("at", Instant()),
    )
    heads = sa.table("audit_head", sa.column("tenant"))
    now = sa.literal(datetime.now(UTC), Instant())
    rows = sa.select(heads.c.tenant, sa.literal("head"), heads.c.tenant, sa.literal(0), now)
    op.execute(due.insert().from_select(["tenant", "kind", "subject", "attempt", "at"], rows))


def _sources() -> None:
    op.create_table(
        "cap_source",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("senders", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_cap_source")),
    )
    op.create_index("cap_source_by_secret", "cap_source", ["secret_hash"], unique=False)


def _alerts() -> None:
    grades = ("urgency", "severity", "certainty")
    op.create_table(
        "cap_alert",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("source", Id(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("sent", sa.String(length=25), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("msg_type", sa.String(length=8), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("headline", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(length=10), nullable=False) for name in grades),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("first", Id(), nullable=True),
        sa.Column("became", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=24), nullable=True),
        sa.Column("notice", Id(), nullable=True),
        sa.Column("rule", Id(), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_cap_alert")),
        sa.UniqueConstraint(
            "tenant", "sender", "identifier", "sent", name=op.f("uq_cap_alert_tenant_sender_identifier_sent")
        ),
    )
    op.create_index("cap_alert_by_time", "cap_alert", ["tenant", "received_at"], unique=False)


def _rules() -> None:
    grades = ("urgency", "severity", "certainty")
    op.create_table(
        "cap_rule",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(length=10), nullable=False) for name in grades),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("written_by", Id(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("switched_by", Id(), nullable=True),
        sa.Column("switched_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_cap_rule")),
    )
