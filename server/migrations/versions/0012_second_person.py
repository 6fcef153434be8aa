"""Codes by mail, passkeys, and what waits for a second person."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    _codes()
    _passkeys()
    _approvals()


def _codes() -> None:
    op.create_table(
        "mailed_code",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("person", Id(), nullable=True),
        sa.Column("caller", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "purpose in ('sign-in', 'address')", name=op.f("ck_mailed_code_mailed_code_purpose")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_mailed_code")),
    )
    op.create_index("mailed_code_by_address", "mailed_code", ["tenant", "lookup", "created_at"], unique=False)
    op.create_index("mailed_code_by_caller", "mailed_code", ["tenant", "caller", "created_at"], unique=False)
    op.create_index("mailed_code_by_time", "mailed_code", ["tenant", "created_at"], unique=False)
    op.create_table(
        "memo",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("message", Id(), nullable=False),
        sa.Column("about", sa.String(length=16), nullable=False),
        sa.Column("subject", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "message", name=op.f("pk_memo")),
    )
    op.create_index("memo_by_subject", "memo", ["tenant", "subject"], unique=False)


def _passkeys() -> None:
    op.create_table(
        "passkey",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("tenant", "credential", name=op.f("uq_passkey_tenant_credential")),
    )
    op.create_index("passkey_of_person", "passkey", ["tenant", "person"], unique=False)
    op.create_table(
        "spent_challenge",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "challenge", name=op.f("pk_spent_challenge")),
    )
    op.create_table(
        "step_up",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("device", Id(), nullable=False),
        sa.Column("passkey", Id(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "device", name=op.f("pk_step_up")),
    )
    op.add_column("device", sa.Column("ticket", Id(), nullable=True))


def _approvals() -> None:
    op.create_table(
        "approval",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by", Id(), nullable=False),
        sa.Column("asked_name", sa.String(), nullable=False),
        sa.Column("asked_title", sa.String(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("forecast", sa.JSON(), nullable=True),
        sa.Column("decided_by", Id(), nullable=True),
        sa.Column("decided_name", sa.String(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state in ('awaiting', 'approved', 'refused', 'withdrawn')",
            name=op.f("ck_approval_approval_state"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_approval")),
        sa.UniqueConstraint("tenant", "notice", "revision", name=op.f("uq_approval_tenant_notice_revision")),
    )
