"""Messages are found by their address only where they gather, and by who has them: two indexes fewer to write as one leaves."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.drop_index("message_leased", table_name="message")
    op.drop_index("message_by_address", table_name="message")
    sending = sa.text("state = 'sending' AND channel > ''")
    op.create_index(
        "message_in_hand", "message", ["channel", "lane"], sqlite_where=sending, postgresql_where=sending
    )
    op.create_index(
        "message_gathering",
        "message",
        ["tenant", "address"],
        sqlite_where=sa.text("digest IS 1"),
        postgresql_where=sa.text("digest IS TRUE"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE message SET (fillfactor = 70)")
