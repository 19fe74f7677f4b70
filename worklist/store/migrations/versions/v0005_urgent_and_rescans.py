"""A person marks a case urgent, and asks for a slide to be scanned again."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INSTANT: Final = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Adds the columns and the table; no case is urgent yet."""
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("urgent_utc", _INSTANT))
        cases.add_column(sa.Column("urgent_by", sa.String))
        cases.add_column(sa.Column("urgent_reason", sa.String))
        cases.add_column(sa.Column("ordered_deadline_utc", _INSTANT))
        cases.add_column(sa.Column("ordered_urgency", sa.Integer))
    slide = sa.ForeignKey("case_slides.id", name="fk_rescans_slide_id")
    operation = sa.ForeignKey("operations.id", name="fk_rescans_operation_id")
    op.create_table(
        "rescans",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slide_id", sa.Integer, slide, nullable=False),
        sa.Column("operation_id", sa.Integer, operation, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at_utc", _INSTANT, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("words", sa.String, nullable=False),
        sa.Column("scanner", sa.String, nullable=False),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        sa.UniqueConstraint("operation_id", name="uq_rescans_operation_id"),
    )
    op.create_index("ix_rescans_slide_id", "rescans", ["slide_id"])
    op.create_index("ix_rescans_at_utc", "rescans", ["at_utc"])


def downgrade() -> None:
    """Urgent cases are due again as their orders say; the rest of what was added goes."""
    cases = sa.table("cases", *(sa.column(it) for it in ("deadline_utc", "urgency", "ordered_deadline_utc")))
    marked = sa.update(cases).where(cases.c.ordered_deadline_utc.is_not(None))
    op.execute(marked.values(deadline_utc=cases.c.ordered_deadline_utc, urgency=sa.column("ordered_urgency")))
    op.drop_table("rescans")
    for name in ("urgent_utc", "urgent_by", "urgent_reason", "ordered_deadline_utc", "ordered_urgency"):
        op.drop_column("cases", name)
