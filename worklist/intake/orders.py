"""An order's facts into the store: the case is made, changed, marked as cancelled, or a person is told."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select

from worklist.cases import Case
from worklist.intake.arrivals import take_waiting
from worklist.intake.change import Change
from worklist.intake.cleaning import NO_PATIENT, Cleaned
from worklist.intake.events import Applied, Order
from worklist.intake.facts import OrderFacts, facts_of, joined, newest, stamp_of
from worklist.intake.specimens import keep_specimens
from worklist.intake.terms import Terms, cancelled_utc, terms_of
from worklist.pathways import PathwayTable
from worklist.store.look_alikes import ask_about_look_alikes
from worklist.store.rows import to_row
from worklist.store.store import locked_case_if_any
from worklist.store.tables import CaseRow, OrderRow, SiteRow
from worklist.store.urgent import keep_marked, ordered
from worklist.watching.operations import OperationKind


def put_order(change: Change, cleaned: Cleaned, patient: str | None, pathways: PathwayTable) -> Applied:
    """Joins what the order tells to what is known of it, and brings its case in line. patient: keyed hash."""
    order = cleaned.order
    orders, stale = _joined_orders(change, order, patient)
    case = locked_case_if_any(change.session, order.accession_number)
    if case is not None and case.signed_out_utc is not None:
        applied = _late(change, case, orders, pathways)
    elif case is not None:
        applied = _changed(change, case, orders, pathways, stale=stale)
    elif order.action == "cancel":
        words = "no case of this number has come; when its order comes, it stands on the list marked as cancelled"
        change.record(order.accession_number, "order cancelled before it came")
        applied = Applied(outcome="unchanged", accession_number=order.accession_number, message=words)
    else:
        applied = _new(change, order, orders, pathways)
    told = [applied.message, *_ask_about_the_patient(change, order.accession_number, orders, case), *cleaned.doubts]
    _ask_about_the_site(change, order)
    for doubt in cleaned.doubts:
        words = f"Orders of {order.source} are on the list, but not as they were sent: {doubt}."
        change.ask(_kind_of(doubt), order.source, words)
    return applied.model_copy(update={"message": "; ".join(filter(None, told))})


def _kind_of(doubt: str) -> OperationKind:
    if doubt == NO_PATIENT:
        return "no patient"
    return "clock" if "time" in doubt else "refused message"


def _joined_orders(change: Change, order: Order, patient: str | None) -> tuple[list[OrderFacts], bool]:
    """All orders of the case with what this message tells, and whether a newer message of this order came before."""
    of_case = select(OrderRow).where(OrderRow.accession_number == order.accession_number).order_by(OrderRow.id)
    rows = {(row.source, row.order_number): row for row in change.session.scalars(of_case.with_for_update())}
    known = {key: OrderFacts.model_validate(row.told) for key, row in rows.items()}
    key = (order.source, order.order_number)
    told = facts_of(order, patient)
    stale = key in known and stamp_of(order) < known[key].newest
    known[key] = joined(known[key], told) if key in known else told
    row = rows.get(key)
    if row is None:
        row = OrderRow(source=order.source, order_number=order.order_number, accession_number=order.accession_number)
        row.sent_utc = order.sent_utc
        change.session.add(row)
    row.sent_utc = max(row.sent_utc, order.sent_utc)
    row.state = "cancelled" if known[key].cancelled_utc else "ordered"
    row.told = known[key].model_dump(mode="json")
    return list(known.values()), stale


def _new(change: Change, order: Order, orders: Sequence[OrderFacts], pathways: PathwayTable) -> Applied:
    terms = terms_of(orders, pathways, None)
    case = Case(accession_number=order.accession_number, order_cancelled_utc=cancelled_utc(orders), **asdict(terms))
    row = to_row(case, change.now_utc)
    row.patient_key = newest(orders, "patient") or None
    change.session.add(row)
    change.session.flush()
    keep_specimens(change.session, row, orders)
    slides = take_waiting(change, row)
    change.record(order.accession_number, "new case", slides=slides, pathway=terms.pathway)
    words = [f"on the list under {terms.pathway_name}, due {terms.deadline_utc:%Y-%m-%d %H:%M} UTC"]
    words += [f"{slides} slide(s) that had come before joined it"] if slides else []
    words += ["its order was cancelled before, so it is marked so"] if case.order_cancelled_utc else []
    words += _ask_about_the_pathway(change, order.accession_number, terms)
    words += ask_about_look_alikes(change.session, [order.accession_number], change.now_utc).values()
    return Applied(outcome="new", accession_number=order.accession_number, message="; ".join(words))


def _changed(
    change: Change, case: CaseRow, orders: Sequence[OrderFacts], pathways: PathwayTable, *, stale: bool
) -> Applied:
    before = _terms_on_the_list(case)
    terms = terms_of(orders, pathways, before)
    changes = before.changes_to(terms)
    was_due = case.deadline_utc
    for name, value in asdict(terms).items():
        setattr(case, name, value)
    keep_marked(case, was_due)
    was_cancelled = case.order_cancelled_utc is not None
    case.order_cancelled_utc = cancelled_utc(orders)
    if was_cancelled != (case.order_cancelled_utc is not None):
        changes["order"] = "cancelled > ordered" if was_cancelled else "ordered > cancelled"
    patient = newest(orders, "patient") or case.patient_key
    if patient != case.patient_key:
        changes["patient"] = "another key" if case.patient_key else "key added"
        case.patient_key = patient
    if keep_specimens(change.session, case, orders):
        changes["specimens"] = "others than before"
    slides = take_waiting(change, case)
    words = [f"{name}: {told}" for name, told in changes.items()]
    words += [f"{slides} slide(s) that had come before joined it"] if slides else []
    if words:
        change.record(case.accession_number, "changed order", slides=slides, **changes)
    if stale:
        words.append("an older message than the newest of this order; only what no newer one tells was taken from it")
    if "pathway" in changes:
        words += _ask_about_the_pathway(change, case.accession_number, terms)
    return Applied(
        outcome="changed" if changes or slides else "unchanged",
        accession_number=case.accession_number,
        message="; ".join(words),
    )


def _late(change: Change, case: CaseRow, orders: Sequence[OrderFacts], pathways: PathwayTable) -> Applied:
    """Of a case that was signed out nothing is changed; where the order asks for something else, a person is told."""
    before = _terms_on_the_list(case)
    changes = before.changes_to(terms_of(orders, pathways, before))
    was_cancelled, is_cancelled = case.order_cancelled_utc is not None, cancelled_utc(orders) is not None
    if was_cancelled != is_cancelled:
        changes["order"] = "cancelled" if is_cancelled else "ordered again"
    told = "the case was signed out before, so nothing was changed"
    if changes:
        asked = ", ".join(f"{name}: {words}" for name, words in changes.items())
        words = (
            f"Case {case.accession_number} was signed out by {case.signed_out_by} before its order changed ({asked}). "
        )
        change.ask("late change", case.accession_number, words + "Tell that person, or reopen the case.")
        change.record(case.accession_number, "late change")
        told += "; a person is asked to look at it"
    return Applied(outcome="unchanged", accession_number=case.accession_number, message=told)


def _terms_on_the_list(case: CaseRow) -> Terms:
    """As its orders have it, whatever a person marked."""
    deadline_utc, urgency = ordered(case)
    told = {name: getattr(case, name) for name in Terms.__dataclass_fields__}
    return Terms(**told | {"deadline_utc": deadline_utc, "urgency": urgency})


def _ask_about_the_pathway(change: Change, accession_number: str, terms: Terms) -> list[str]:
    """Puts an unknown pathway before a person; in words, what was done meanwhile."""
    if not terms.has_unknown_pathway:
        return []
    done = "the pathways file does not hold this pathway, so the strictest usual target stands for it"
    words = f"Case {accession_number}, {terms.pathway_name}: {done}."
    todo = "Add it to the pathways file, or have the order corrected; then have the order sent again."
    change.ask("unknown pathway", accession_number, f"{words} {todo}")
    return [f"{done}; a person is asked to settle it"]


def _ask_about_the_patient(
    change: Change, accession_number: str, orders: Sequence[OrderFacts], case: CaseRow | None
) -> list[str]:
    """Puts a case before a person whose orders speak of different patients: numbers may have been mixed up."""
    told = {order.facts["patient"].value for order in orders if "patient" in order.facts}
    known = {case.patient_key} if case is not None and case.patient_key else set()
    if len(told | known) < 2:
        return []
    words = "its orders speak of different patients"
    todo = "Look whose it is, and have the wrong order corrected; until then trust neither."
    change.ask("another patient", accession_number, f"Case {accession_number}: {words}. {todo}")
    return [f"{words}; a person is asked to look whose it is"]


def _ask_about_the_site(change: Change, order: Order) -> None:
    """Where the department keeps a list of sites, one that is not on it is put before a person; the case is in."""
    if not order.site:
        return
    sites = {site.code: site.active for site in change.session.scalars(select(SiteRow))}
    if sites and not sites.get(order.site):
        known = "is not used any more" if order.site in sites else "is not known"
        todo = "Their cases are on the list; add the site, or have the orders corrected."
        change.ask("unknown site", order.site, f"Orders came for site {order.site}, which {known}. {todo}")
