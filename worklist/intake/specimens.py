"""The specimens and blocks of a case as its orders tell them."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from worklist.intake.events import OrderedSpecimen
from worklist.intake.facts import OrderFacts
from worklist.store.tables import BlockRow, CaseRow, SpecimenRow


def keep_specimens(session: Session, case: CaseRow, orders: Iterable[OrderFacts]) -> bool:
    """Brings the rows of a case's specimens and blocks in line with its orders; whether anything changed.

    Where two orders tell of a specimen of the same number, the newer message decides. `case` has its id.
    """
    told = _newest_by_number(orders)
    of_case = select(SpecimenRow).where(SpecimenRow.case_id == case.id)
    rows = {row.number: row for row in session.scalars(of_case)}
    changed = False
    for number, specimen in told.items():
        row = rows.get(number)
        if row is None:
            row = SpecimenRow(case_id=case.id, number=number, kind=specimen.kind, description=specimen.description)
            session.add(row)
            session.flush()
            changed = True
        elif (row.kind, row.description) != (specimen.kind, specimen.description):
            row.kind, row.description = specimen.kind, specimen.description
            changed = True
        changed |= _keep_blocks(session, row, specimen.blocks)
    return changed


def _newest_by_number(orders: Iterable[OrderFacts]) -> dict[str, OrderedSpecimen]:
    newest: dict[str, tuple[str, OrderedSpecimen]] = {}
    for order in orders:
        for number, (stamp, specimen) in order.specimens.items():
            if number not in newest or stamp > newest[number][0]:
                newest[number] = (stamp, specimen)
    return {number: specimen for number, (_, specimen) in sorted(newest.items())}


def _keep_blocks(session: Session, specimen: SpecimenRow, labels: Iterable[str]) -> bool:
    rows = {row.label: row for row in session.scalars(select(BlockRow).where(BlockRow.specimen_id == specimen.id))}
    wanted = set(labels)
    for label in sorted(wanted - set(rows)):
        session.add(BlockRow(specimen_id=specimen.id, label=label))
    for label in set(rows) - wanted:
        session.delete(rows[label])
    return wanted != set(rows)
