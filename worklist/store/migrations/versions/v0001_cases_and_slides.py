"""Cases and their slides: the first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("accession_number", sa.String(64), nullable=False),
        sa.Column("pathway", sa.String, nullable=False),
        sa.Column("pathway_name", sa.String, nullable=False),
        sa.Column("specimen_kind", sa.String, nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("received_utc", instant, nullable=False),
        sa.Column("deadline_utc", instant, nullable=False),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("subspecialty", sa.String, nullable=False),
        sa.Column("added_utc", instant, nullable=False),
        sa.Column("signed_out_utc", instant),
        sa.Column("signed_out_by", sa.String),
        sa.UniqueConstraint("accession_number", name="uq_cases_accession_number"),
    )
    op.create_index("ix_cases_signed_out_utc", "cases", ["signed_out_utc"])
    op.create_table(
        "case_slides",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id", name="fk_case_slides_case_id"), nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("score", sa.Double),
        sa.Column("flagged", sa.Boolean),
        sa.Column("reason", sa.String),
        sa.Column("quality", sa.String),
        sa.Column("model", sa.String),
        sa.Column("result_folder", sa.String),
        sa.Column("scored_utc", instant),
        sa.UniqueConstraint("case_id", "path", name="uq_case_slides_case_id_path"),
    )
    op.create_index("ix_case_slides_path", "case_slides", ["path"])


def downgrade() -> None:
    """Refuses: the tables hold every case, and a step back would lose them."""
    raise NotImplementedError("the first schema cannot be taken back without losing every case")
