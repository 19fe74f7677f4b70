"""A case has a state of its own, and what the order needs of the AI stands in its row."""

from collections import defaultdict
from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OPEN: Final = sa.text("signed_out_utc IS NULL")
_DONE: Final = sa.text("signed_out_utc IS NOT NULL")
_CHUNK: Final = 1000

_CASES: Final = sa.table(
    "cases",
    sa.column("id"),
    sa.column("signed_out_utc"),
    sa.column("state"),
    sa.column("ai_state"),
    sa.column("flag_score"),
)
_SLIDES: Final = sa.table(
    "case_slides", sa.column("case_id"), sa.column("state"), sa.column("score"), sa.column("flagged")
)


def upgrade() -> None:
    """Adds the columns and fills them from the slides."""
    instant = sa.DateTime(timezone=True)
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("state", sa.String, nullable=False, server_default="received"))
        cases.add_column(sa.Column("ai_state", sa.String, nullable=False, server_default="no slides"))
        cases.add_column(sa.Column("flag_score", sa.Double))
        cases.add_column(sa.Column("assigned_to", sa.String))
        cases.add_column(sa.Column("order_cancelled_utc", instant))
        cases.add_column(sa.Column("patient_key", sa.String(64)))
    with op.batch_alter_table("case_slides") as slides:
        slides.add_column(sa.Column("slide_id", sa.String))
        slides.add_column(sa.Column("block", sa.String))
        slides.add_column(sa.Column("stain", sa.String))
        slides.add_column(sa.Column("scanner", sa.String))
        slides.add_column(sa.Column("sha256", sa.String(64)))
        slides.add_column(sa.Column("arrived_utc", instant))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("cases", "accession_number", type_=sa.String(64, collation="C"))
    op.create_index("ix_cases_patient_key", "cases", ["patient_key"])
    op.create_index("ix_case_slides_slide_id", "case_slides", ["slide_id"])
    op.create_index("ix_case_slides_sha256", "case_slides", ["sha256"])
    op.create_index(
        "ix_cases_clinical_order",
        "cases",
        ["deadline_utc", "urgency", "received_utc", "accession_number", "flag_score"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    # Of the signed-out alone: SQLite would else look for the open ones in it, and sort them itself.
    op.drop_index("ix_cases_signed_out_utc", "cases")
    op.create_index("ix_cases_signed_out_utc", "cases", ["signed_out_utc"], sqlite_where=_DONE, postgresql_where=_DONE)
    _fill(op.get_bind())


def downgrade() -> None:
    """Drops the columns; the slides that they followed from stay."""
    op.drop_index("ix_cases_clinical_order", "cases")
    op.drop_index("ix_cases_signed_out_utc", "cases")
    op.create_index("ix_cases_signed_out_utc", "cases", ["signed_out_utc"])
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("cases", "accession_number", type_=sa.String(64))
    for name, table in (("slide_id", "case_slides"), ("sha256", "case_slides"), ("patient_key", "cases")):
        op.drop_index(f"ix_{table}_{name}", table)
    # Column by column, since SQLite does not let a table be made anew that others point at.
    for name in ("slide_id", "block", "stain", "scanner", "sha256", "arrived_utc"):
        op.drop_column("case_slides", name)
    for name in ("state", "ai_state", "flag_score", "assigned_to", "order_cancelled_utc", "patient_key"):
        op.drop_column("cases", name)


def _fill(connection: sa.Connection) -> None:
    """As the rules stood when this step was written."""
    last = 0
    while True:
        told = sa.select(_CASES.c.id, _CASES.c.signed_out_utc).where(_CASES.c.id > last)
        cases = connection.execute(told.order_by(_CASES.c.id).limit(_CHUNK)).all()
        if not cases:
            return
        first, last = cases[0].id, cases[-1].id
        slides = defaultdict(list)
        for row in connection.execute(sa.select(_SLIDES).where(_SLIDES.c.case_id.between(first, last))):
            slides[row.case_id].append((row.state, row.score, bool(row.flagged)))
        change = sa.update(_CASES).where(_CASES.c.id == sa.bindparam("it"))
        change = change.values(state=sa.bindparam("to"), ai_state=sa.bindparam("ai"), flag_score=sa.bindparam("flag"))
        connection.execute(change, [{"it": it.id, **_told(slides[it.id], it.signed_out_utc)} for it in cases])


def _told(slides: list[tuple[str, float | None, bool]], signed_out: object) -> dict[str, object]:
    states = {state for state, _, _ in slides}
    scores = [score for _, score, _ in slides if score is not None]
    flagged = any(flag for _, _, flag in slides)
    if not states:
        ai, state = "no slides", "received"
    elif "unscored" in states:
        ai, state = ("partly scored" if "scored" in states else "unscored"), "scanned"
    elif states == {"scored"}:
        ai, state = "not flagged", "scored"
    else:
        state = "failed" if "failed" in states else "rejected"
        ai = "partly scored" if "scored" in states else state
    if flagged:
        ai = "flagged"
    flag = max(scores) if flagged and scores else None
    return {"to": "signed out" if signed_out is not None else state, "ai": ai, "flag": flag}
