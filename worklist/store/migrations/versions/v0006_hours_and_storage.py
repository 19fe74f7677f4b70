"""Response times by hour, storage by day, and indexes for what the operations pages ask of large tables."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INSTANT: Final = sa.DateTime(timezone=True)
_INDEXES: Final = (
    ("ix_case_slides_arrivals", "case_slides", ["arrived_utc", "scanner", "state"]),
    ("ix_jobs_finished", "jobs", ["finished_utc", "state"]),
    ("ix_audit_who", "audit", ["who", "number"]),
    ("ix_audit_act", "audit", ["act", "number"]),
)


def upgrade() -> None:
    """Makes the tables and indexes; hours and days are known from now on."""
    op.create_table(
        "action_hours",
        sa.Column("hour_utc", _INSTANT, primary_key=True),
        sa.Column("action", sa.String, primary_key=True),
        sa.Column("actions", sa.Integer, nullable=False),
        sa.Column("within", sa.Integer, nullable=False),
        sa.Column("longest_s", sa.Double, nullable=False),
    )
    op.create_table(
        "storage_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("place", sa.String, primary_key=True),
        sa.Column("used_bytes", sa.BigInteger, nullable=False),
        sa.Column("free_bytes", sa.BigInteger),
    )
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    """What was counted by hour and by day goes; the months stay."""
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
    op.drop_table("storage_days")
    op.drop_table("action_hours")
