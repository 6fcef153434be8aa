"""Questions and nudges become memos: what waits to be sent is found as any other is. An approval may be of a correction."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_MEMOS = """
INSERT INTO memo (tenant, message, about, subject, person, at)
SELECT m.tenant, m.id, '{table}', r.{subject}, m.person, m.created_at
FROM message m
JOIN (
    SELECT tenant, message, {subject}, row_number() OVER (PARTITION BY tenant, message ORDER BY person) AS place
    FROM {table}
) r ON r.tenant = m.tenant AND r.message = m.id AND r.place = 1
WHERE NOT EXISTS (SELECT 1 FROM memo WHERE memo.tenant = m.tenant AND memo.message = m.id)
"""
STATEMENTS = (
    _MEMOS.format(table="question", subject="association"),
    _MEMOS.format(table="nudge", subject="circular"),
)


def upgrade() -> None:
    op.add_column("approval", sa.Column("correction", sa.JSON(), nullable=True))
    for statement in STATEMENTS:
        op.execute(sa.text(statement))
