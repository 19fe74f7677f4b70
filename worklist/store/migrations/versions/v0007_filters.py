"""The open cases by kind and by reader, so that a filter of the list is answered from an index."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OPEN: Final = sa.text("signed_out_utc IS NULL")


def upgrade() -> None:
    """Makes the two indexes."""
    kinds = ["pathway_name", "site", "subspecialty", "ai_state", "state", "deadline_utc", "urgency", "received_utc"]
    columns = [*kinds, "accession_number", "flag_score", "assigned_to"]
    op.create_index("ix_cases_open_kinds", "cases", columns, sqlite_where=_OPEN, postgresql_where=_OPEN)
    reader = ["assigned_to", "deadline_utc"]
    op.create_index("ix_cases_open_reader", "cases", reader, sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    """Drops them."""
    op.drop_index("ix_cases_open_reader", "cases")
    op.drop_index("ix_cases_open_kinds", "cases")
