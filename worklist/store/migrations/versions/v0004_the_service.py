"""The service: jobs, messages, people, what readers do, the audit trail, and what is watched."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN: Final = sa.text("closed_utc IS NULL")
_UNREAD: Final = sa.text("state = 'unscored' AND reason IS NULL")

_TABLES: Final = (
    "action_months",
    "audit",
    "audit_head",
    "facts",
    "fhir_parts",
    "jobs",
    "messages",
    "operations",
    "orders",
    "people",
    "pseudonyms",
    "sites",
    "unmatched_slides",
    "workers",
    "assignments",
    "forecasts",
    "notes",
    "second_opinions",
    "shadow_places",
    "specimens",
    "blocks",
    "verdicts",
)


def upgrade() -> None:
    """Makes the tables; the audit trail starts empty."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "action_months",
        sa.Column("month", sa.String, primary_key=True),
        sa.Column("action", sa.String, primary_key=True),
        sa.Column("actions", sa.Integer, nullable=False),
        sa.Column("within", sa.Integer, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at_utc", instant, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("act", sa.String, nullable=False),
        sa.Column("accession_number", sa.String(64)),
        sa.Column("details", sa.String, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("ix_audit_accession_number", "audit", ["accession_number"])
    op.create_index("ix_audit_at_utc", "audit", ["at_utc"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.String, nullable=False),
    )
    op.create_table(
        "fhir_parts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("request", sa.String, nullable=False),
        sa.Column("accession_number", sa.String(64), nullable=False),
        sa.Column("order_number", sa.String(64), nullable=False),
        sa.Column("told", sa.String),
        sa.Column("composed_utc", instant),
        sa.Column("asked", sa.Boolean, nullable=False),
        sa.Column("alone", sa.Boolean, nullable=False),
        sa.UniqueConstraint("source", "name", name="uq_fhir_parts_source_name"),
    )
    op.create_index("ix_fhir_parts_accession_number", "fhir_parts", ["accession_number"])
    op.create_index("ix_fhir_parts_order_number", "fhir_parts", ["order_number"])
    op.create_index("ix_fhir_parts_request", "fhir_parts", ["request"])
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("due_s", sa.Double, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("losses", sa.Integer, nullable=False),
        sa.Column("not_before_utc", instant, nullable=False),
        sa.Column("lease_owner", sa.String),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("lease_until_utc", instant),
        sa.Column("reason", sa.String),
        sa.Column("stamp", sa.String),
        sa.Column("created_utc", instant, nullable=False),
        sa.Column("finished_utc", instant),
        sa.UniqueConstraint("path", "model", name="uq_jobs_path_model"),
    )
    op.create_index("ix_jobs_claim", "jobs", ["state", "model", "due_s", "id"])
    op.create_index("ix_jobs_lease", "jobs", ["state", "lease_until_utc"])
    op.create_index("ix_case_slides_unread", "case_slides", ["id"], sqlite_where=_UNREAD, postgresql_where=_UNREAD)
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("received_utc", instant, nullable=False),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.UniqueConstraint("source", "message_id", name="uq_messages_source_message_id"),
    )
    op.create_table(
        "operations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("first_utc", instant, nullable=False),
        sa.Column("last_utc", instant, nullable=False),
        sa.Column("closed_utc", instant),
        sa.Column("closed_by", sa.String),
    )
    op.create_index("ix_operations_closed_utc", "operations", ["closed_utc"])
    op.create_index(
        "uq_operations_open", "operations", ["kind", "subject"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("order_number", sa.String, nullable=False),
        sa.Column("accession_number", sa.String(64), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("sent_utc", instant, nullable=False),
        sa.Column("told", sa.JSON, nullable=False),
        sa.UniqueConstraint(
            *("source", "order_number", "accession_number"), name="uq_orders_source_order_number_accession_number"
        ),
    )
    op.create_index("ix_orders_accession_number", "orders", ["accession_number"])
    op.create_table(
        "people",
        sa.Column("login", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("site", sa.String, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
    )
    op.create_table(
        "pseudonyms",
        sa.Column("pseudonym", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("original", sa.String, nullable=False),
        sa.Column("shift_days", sa.Integer, nullable=False),
        sa.Column("made_utc", instant, nullable=False),
        sa.UniqueConstraint("kind", "original", name="uq_pseudonyms_kind_original"),
    )
    op.create_table(
        "sites",
        sa.Column("code", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("region", sa.String, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
    )
    op.create_table(
        "unmatched_slides",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("accession_number", sa.String(64)),
        sa.Column("slide_id", sa.String),
        sa.Column("block", sa.String),
        sa.Column("stain", sa.String),
        sa.Column("scanner", sa.String),
        sa.Column("unreadable", sa.String),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("arrived_utc", instant, nullable=False),
        sa.Column("matched_utc", instant),
        sa.Column("matched_case", sa.String(64)),
        sa.Column("matched_by", sa.String),
        sa.UniqueConstraint("path", name="uq_unmatched_slides_path"),
    )
    op.create_index("ix_unmatched_slides_accession_number", "unmatched_slides", ["accession_number"])
    op.create_index("ix_unmatched_slides_matched_utc", "unmatched_slides", ["matched_utc"])
    op.create_table(
        "workers",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("started_utc", instant, nullable=False),
        sa.Column("seen_utc", instant, nullable=False),
        sa.Column("draining", sa.Boolean, nullable=False),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id", name="fk_assignments_case_id"), nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("since_utc", instant, nullable=False),
        sa.Column("until_utc", instant),
    )
    op.create_index("ix_assignments_case_id", "assignments", ["case_id"])
    op.create_index("ix_assignments_person", "assignments", ["person"])
    op.create_table(
        "forecasts",
        sa.Column(
            "case_id",
            sa.Integer,
            sa.ForeignKey("cases.id", name="fk_forecasts_case_id"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("made_utc", instant, nullable=False),
        sa.Column("late_probability", sa.Double, nullable=False),
        sa.Column("scenario_hash", sa.String, nullable=False),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id", name="fk_notes_case_id"), nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at_utc", instant, nullable=False),
        sa.Column("text", sa.String, nullable=False),
    )
    op.create_index("ix_notes_case_id", "notes", ["case_id"])
    op.create_table(
        "second_opinions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id", name="fk_second_opinions_case_id"), nullable=False),
        sa.Column("asked_by", sa.String, nullable=False),
        sa.Column("asked_utc", instant, nullable=False),
        sa.Column("to_kind", sa.String, nullable=False),
        sa.Column("to_whom", sa.String, nullable=False),
        sa.Column("way", sa.String, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("due_utc", instant, nullable=False),
        sa.Column("sent_utc", instant),
        sa.Column("received_utc", instant),
        sa.Column("answered_utc", instant),
        sa.Column("answered_by", sa.String),
        sa.Column("agrees", sa.Boolean),
        sa.Column("answer", sa.String),
        sa.Column("withdrawn_utc", instant),
    )
    op.create_index("ix_second_opinions_answered_utc", "second_opinions", ["answered_utc"])
    op.create_index("ix_second_opinions_case_id", "second_opinions", ["case_id"])
    op.create_table(
        "shadow_places",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id", name="fk_shadow_places_case_id"), nullable=False),
        sa.Column("at_utc", instant, nullable=False),
        sa.Column("clinical_place", sa.Integer, nullable=False),
        sa.Column("ai_place", sa.Integer, nullable=False),
        sa.UniqueConstraint("case_id", "at_utc", name="uq_shadow_places_case_id_at_utc"),
    )
    op.create_table(
        "specimens",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id", name="fk_specimens_case_id"), nullable=False),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("description", sa.String, nullable=False),
        sa.UniqueConstraint("case_id", "number", name="uq_specimens_case_id_number"),
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "specimen_id", sa.Integer, sa.ForeignKey("specimens.id", name="fk_blocks_specimen_id"), nullable=False
        ),
        sa.Column("label", sa.String, nullable=False),
        sa.UniqueConstraint("specimen_id", "label", name="uq_blocks_specimen_id_label"),
    )
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slide_id", sa.Integer, sa.ForeignKey("case_slides.id", name="fk_verdicts_slide_id"), nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at_utc", instant, nullable=False),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("ai_score", sa.Double),
        sa.Column("ai_flagged", sa.Boolean),
        sa.Column("model", sa.String),
        sa.Column("regions", sa.JSON),
        sa.Column("comment", sa.String, nullable=False),
    )
    op.create_index("ix_verdicts_at_utc", "verdicts", ["at_utc"])
    op.create_index("ix_verdicts_slide_id", "verdicts", ["slide_id"])
    op.execute("INSERT INTO audit_head (id, number, hash) VALUES (1, 0, '" + "0" * 64 + "')")
    _guard_the_trail()


def downgrade() -> None:
    """Drops the tables and all that they hold; the cases and their slides stay."""
    op.drop_index("ix_case_slides_unread", "case_slides")
    for table in reversed(_TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_append_only()")


def _guard_the_trail() -> None:
    """A row of the trail can be added, and neither changed nor taken out; the guard goes with its table."""
    message = "the audit trail is append-only"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_refuses_{change.lower()} BEFORE {change} ON audit"
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
