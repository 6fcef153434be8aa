"""On PostgreSQL: homes of a notice are found by their key, and written where they are."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_INDEX = ("reach_in_walking_order", "notice_household", ["tenant", "notice", "block", "walk"])


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.drop_index(_INDEX[0], table_name=_INDEX[1])
    op.create_index(*_INDEX, unique=False, postgresql_where=sa.text("block IS NOT NULL"))
    op.execute("ALTER TABLE notice_household SET (fillfactor = 50)")
