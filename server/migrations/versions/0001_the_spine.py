"""Everything the spine needs: the town, what is said to it, how it leaves, what came back, and the sync log."""

import sqlalchemy as sa
from alembic import op

from notices.columns import Id
from sync.models import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "address",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("device", Id(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint("channel in ('mail', 'push', 'line')", name=op.f("ck_address_address_channel")),
        sa.CheckConstraint(
            "state in ('live', 'off', 'suppressed', 'gone')", name=op.f("ck_address_address_state")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_address")),
    )
    op.create_index("address_by_lookup", "address", ["tenant", "lookup"], unique=False)
    op.create_index("address_by_person", "address", ["tenant", "person", "state"], unique=False)
    op.create_table(
        "association",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_association")),
        sa.UniqueConstraint("tenant", "slug", name=op.f("uq_association_tenant_slug")),
    )
    op.create_table(
        "audit",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", Id(), nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "audit_head",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "block",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("association", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_block")),
    )
    op.create_index("block_of_association", "block", ["tenant", "association", "position"], unique=False)
    op.create_table(
        "city",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("on_hold", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_city")),
        sa.UniqueConstraint("id", name=op.f("uq_city_id")),
    )
    op.create_table(
        "delivery",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("address", Id(), nullable=False),
        sa.Column("household", Id(), nullable=False),
        sa.Column("message", Id(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant", "notice", "revision", "person", "address", "household", name=op.f("pk_delivery")
        ),
    )
    op.create_index("delivery_by_message", "delivery", ["tenant", "message"], unique=False)
    op.create_table(
        "device",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.String(length=2), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("carried_from", Id(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_device")),
        sa.UniqueConstraint("tenant", "token_hash", name=op.f("uq_device_tenant_token_hash")),
    )
    op.create_index("device_by_person", "device", ["tenant", "person"], unique=False)
    op.create_table(
        "due",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "subject", name=op.f("pk_due")),
    )
    op.create_index("due_by_time", "due", ["at"], unique=False)
    op.create_table(
        "file",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", Id(), nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "sha256", name=op.f("pk_file")),
    )
    op.create_table(
        "file_grant",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scope_kind", sa.String(length=16), nullable=False),
        sa.Column("scope_key", sa.String(length=22), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant", "sha256", "scope_kind", "scope_key", "notice", name=op.f("pk_file_grant")
        ),
    )
    op.create_table(
        "household",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("association", Id(), nullable=False),
        sa.Column("block", Id(), nullable=False),
        sa.Column("walk", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("street", sa.LargeBinary(), nullable=True),
        sa.Column("paper", sa.Boolean(), nullable=False),
        sa.Column("joined_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_household")),
    )
    op.create_index("household_by_number", "household", ["tenant", "association", "number"], unique=False)
    op.create_index("household_in_walking_order", "household", ["tenant", "block", "walk"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("answer", Id(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person", "key", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "message",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("address", Id(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("crossing_at", Instant(), nullable=True),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state in ('due', 'sending', 'sent', 'later', 'failed', 'gone', 'skipped', 'unknown', 'quarantined')",
            name=op.f("ck_message_message_state"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_message")),
    )
    op.create_index("message_by_address", "message", ["tenant", "address"], unique=False)
    op.create_index("message_due", "message", ["state", "due_at"], unique=False)
    op.create_table(
        "notice",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("association", Id(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("translations", sa.JSON(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("stamp_round", sa.Integer(), nullable=False),
        sa.Column("author", Id(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("author_title", sa.String(), nullable=False),
        sa.Column("announced_by", Id(), nullable=True),
        sa.Column("deadline", Instant(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("publish_at", Instant(), nullable=True),
        sa.Column("held_until", Instant(), nullable=True),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("corrected_at", Instant(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state in ('draft', 'scheduled', 'awaiting', 'held', 'published', 'withdrawn', 'expired')",
            name=op.f("ck_notice_notice_state"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_notice")),
    )
    op.create_index("notice_of_association", "notice", ["tenant", "association", "created_at"], unique=False)
    op.create_table(
        "notice_file",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "notice", "position", name=op.f("pk_notice_file")),
    )
    op.create_table(
        "notice_household",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("household", Id(), nullable=False),
        sa.Column("block", Id(), nullable=False),
        sa.Column("walk", sa.Integer(), nullable=False),
        sa.Column("paper", sa.Boolean(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("failed", sa.String(), nullable=True),
        sa.Column("handed_over_at", Instant(), nullable=True),
        sa.Column("on_phone_at", Instant(), nullable=True),
        sa.Column("not_home_at", Instant(), nullable=True),
        sa.Column("stamped_at", Instant(), nullable=True),
        sa.Column("stamped_how", sa.String(length=8), nullable=True),
        sa.Column("stamped_by", Id(), nullable=True),
        sa.Column("proxy", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "notice", "household", name=op.f("pk_notice_household")),
    )
    op.create_index(
        "reach_in_walking_order", "notice_household", ["tenant", "notice", "block", "walk"], unique=False
    )
    op.create_table(
        "notice_revision",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("resend", sa.String(length=12), nullable=False),
        sa.Column("by", Id(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "notice", "revision", name=op.f("pk_notice_revision")),
    )
    op.create_table(
        "person",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kana", sa.String(), nullable=False),
        sa.Column("born", sa.Integer(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_person")),
    )
    op.create_table(
        "planning",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("resend", sa.String(length=12), nullable=False),
        sa.Column("after", Id(), nullable=True),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "notice", "revision", name=op.f("pk_planning")),
    )
    op.create_index("planning_open", "planning", ["closed_at", "due_at"], unique=False)
    op.create_table(
        "resident",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("household", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "household", "person", name=op.f("pk_resident")),
    )
    op.create_index("resident_by_person", "resident", ["tenant", "person"], unique=False)
    op.create_table(
        "seat",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("association", Id(), nullable=True),
        sa.Column("block", Id(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "role in ('president', 'officer', 'block-leader', 'clerk', 'approver', 'helper')",
            name=op.f("ck_seat_seat_role"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_seat")),
    )
    op.create_index("seat_of_association", "seat", ["tenant", "association"], unique=False)
    op.create_table(
        "stamp",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("household", Id(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("device", Id(), nullable=True),
        sa.Column("proxy", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "notice", "household", "round", name=op.f("pk_stamp")),
    )
    op.create_table(
        "sync_ack",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("scope_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "device_id", "scope_id", name=op.f("pk_sync_ack")),
    )
    op.create_table(
        "sync_meta",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("next_scope", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_sync_meta")),
    )
    op.create_table(
        "sync_mutation",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("mid", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "device_id", "mid", name=op.f("pk_sync_mutation")),
    )
    op.create_table(
        "sync_rec",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("scope_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "type",
            sa.String(length=32).with_variant(sa.String(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "rid",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("born", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("del", sa.Boolean(), nullable=False),
        sa.Column("h64", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "scope_id", "seq", name=op.f("pk_sync_rec")),
        sa.UniqueConstraint(
            "tenant", "scope_id", "type", "rid", name=op.f("uq_sync_rec_tenant_scope_id_type_rid")
        ),
    )
    op.create_table(
        "sync_scope",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.String(length=32).with_variant(sa.String(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "key",
            sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("live_n", sa.BigInteger(), nullable=False),
        sa.Column("live_x", sa.BigInteger(), nullable=False),
        sa.Column("seg_to", sa.BigInteger(), nullable=False),
        sa.Column("seg_sha", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_sync_scope")),
        sa.UniqueConstraint("tenant", "kind", "key", name=op.f("uq_sync_scope_tenant_kind_key")),
    )
    op.create_table(
        "term",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("seat", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_term")),
    )
    op.create_index("term_by_person", "term", ["tenant", "person"], unique=False)
    op.create_index("term_by_seat", "term", ["tenant", "seat"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("person", Id(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_by", Id(), nullable=True),
        sa.Column("device", Id(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.CheckConstraint("kind in ('qr', 'slip', 'carry')", name=op.f("ck_ticket_ticket_kind")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("tenant", "code_hash", name=op.f("uq_ticket_tenant_code_hash")),
    )
    op.create_index("ticket_by_person", "ticket", ["tenant", "person"], unique=False)
    op.create_table(
        "visit",
        sa.Column("tenant", sa.String(length=8), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("notice", Id(), nullable=False),
        sa.Column("household", Id(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("by", Id(), nullable=False),
        sa.Column("said_by", Id(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.CheckConstraint("kind in ('told', 'not-home', 'paper')", name=op.f("ck_visit_visit_kind")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_visit")),
    )
    op.create_index("visit_by_notice", "visit", ["tenant", "notice", "household"], unique=False)

    _make_append_only("audit")


def _make_append_only(table: str) -> None:
    """The database itself refuses to change what was done; `kairan audit verify` finds whoever went around it."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuses BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuses()"
    )
