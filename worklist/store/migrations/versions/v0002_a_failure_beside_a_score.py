"""A failure after a score is noted beside it, so that it takes no flag away."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the note, empty."""
    op.add_column("case_slides", sa.Column("later_failure", sa.String))


def downgrade() -> None:
    """Drops the notes; the scores that they stood beside stay."""
    op.drop_column("case_slides", "later_failure")
