"""Alembic's entry: server/migrate.py hands the open connection in."""

from alembic import context

import notices.models  # noqa: F401  (puts the domain's tables beside those of sync)
from sync import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
