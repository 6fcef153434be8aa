"""Work that fails each time says since when it has been due: it is put off again and again, and would never look late."""

import sqlalchemy as sa
from alembic import op

from sync.models import Instant

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("due", sa.Column("failing_since", Instant(), nullable=True))
