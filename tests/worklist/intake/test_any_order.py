"""The heart of the intake: whatever the order of arrival and however often a message comes, the list ends the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from worklist.intake.apply import apply_order, apply_slide
from worklist.intake.events import Order, OrderedSpecimen, SlideArrival
from worklist.intake.facts import OrderFacts, facts_of, joined
from worklist.pathways import load_pathways
from worklist.people import Actor
from worklist.store.store import Store
from worklist.store.tables import BlockRow, CaseRow, OrderRow, SpecimenRow, UnmatchedSlideRow

LIS = Actor("LIS at HOSP", "system", "hl7")
TABLE = load_pathways()
START = datetime(2026, 11, 18, 7, 0, tzinfo=UTC)
EXAMPLE = count()

specimens = st.builds(
    OrderedSpecimen,
    number=st.sampled_from(["1", "2"]),
    kind=st.sampled_from(["cytology", "biopsy", "resection", "tissue"]),
    description=st.sampled_from(["", "mamma", "axil"]),
    blocks=st.sampled_from([(), ("A",), ("A", "B")]),
)
orders = st.builds(
    partial(Order, accession_number="26-1", message_id="M"),
    action=st.sampled_from(["new", "change", "cancel"]),
    source=st.sampled_from(["LIS at HOSP", "LIS at HERLEV"]),
    order_number=st.sampled_from(["P1", "P2"]),
    sent_utc=st.integers(0, 5).map(lambda minute: START + timedelta(minutes=minute)),
    pathway=st.sampled_from(["", "breast", "acute", "routine", "kræftpakke xyz"]),
    urgency=st.sampled_from([None, None, 1, 2, 5]),
    received_utc=st.sampled_from([None, None, START - timedelta(days=1), START - timedelta(days=3)]),
    site=st.sampled_from(["", "HERLEV", "HVIDOVRE"]),
    subspecialty=st.sampled_from(["", "mamma"]),
    specimens=st.lists(specimens, max_size=2, unique_by=lambda it: it.number).map(tuple),
)
slides = st.sampled_from(["a.svs", "b.svs", "c.svs"])
Event = Order | str
"""A message, or the name of a slide."""


@st.composite
def two_arrivals(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """The same things, arriving in two orders, some of them more than once."""
    told = [
        order.model_copy(update={"message_id": f"M{n}"}) for n, order in enumerate(draw(st.lists(orders, max_size=6)))
    ]
    everything: list[Event] = [*told, *draw(st.lists(slides, unique=True))]
    again = st.lists(st.sampled_from(everything), max_size=4) if everything else st.just([])
    return tuple(draw(st.permutations([*everything, *draw(again)])) for _ in range(2))  # type: ignore[return-value]


def arrive(store: Store, home: Path, events: Sequence[Event]) -> dict[str, Any]:
    """Lets all arrive under an accession number of their own, and tells what the store then holds of it."""
    number = f"26-{next(EXAMPLE)}"
    for event in events:
        if isinstance(event, str):
            path = Path("/scans", number, event)
            arrival = SlideArrival(path=path, source="scanner", accession_number=number, arrived_utc=START)
            apply_slide(store, arrival, LIS)
        else:
            message = {"accession_number": number, "message_id": f"{number} {event.message_id}"}
            apply_order(store, event.model_copy(update=message), TABLE, LIS, home)
    with store.reading() as session:
        case = session.scalar(select(CaseRow).where(CaseRow.accession_number == number))
        waiting = select(UnmatchedSlideRow.path).where(
            UnmatchedSlideRow.accession_number == number, UnmatchedSlideRow.matched_utc.is_(None)
        )
        told: dict[str, Any] = {"waiting": sorted(Path(it).name for it in session.scalars(waiting))}
        known = select(OrderRow).where(OrderRow.accession_number == number)
        told["orders"] = sorted((it.source, it.order_number, it.state, it.sent_utc) for it in session.scalars(known))
        if case is not None:
            left_out = {"id", "accession_number"}
            told |= {it.name: getattr(case, it.name) for it in CaseRow.__table__.columns if it.name not in left_out}
            told["slides"] = sorted(Path(it.path).name for it in case.slides)
            told["specimens"] = sorted(
                (it.number, it.kind, it.description)
                for it in session.scalars(select(SpecimenRow).where(SpecimenRow.case_id == case.id))
            )
            blocks = select(SpecimenRow.number, BlockRow.label).join(BlockRow, BlockRow.specimen_id == SpecimenRow.id)
            told["blocks"] = sorted(map(tuple, session.execute(blocks.where(SpecimenRow.case_id == case.id))))
    return told


ANY_ORDER = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path / 'worklist.db'}", lambda: START + timedelta(hours=1))


@settings(ANY_ORDER, max_examples=50)
@given(arrivals=two_arrivals())
def test_any_order_of_arrival_and_any_duplicates_end_in_the_same_list(
    sqlite_store: Store, tmp_path: Path, arrivals: tuple[list[Event], list[Event]]
) -> None:
    one, other = arrivals
    ended = arrive(sqlite_store, tmp_path, one)
    assert arrive(sqlite_store, tmp_path, other) == ended
    came_in = any(isinstance(event, Order) and event.action != "cancel" for event in one)
    assert ("slides" in ended) == came_in, "a case that was ordered is on the list, whatever else was told"
    assert {*ended["waiting"], *ended.get("slides", ())} == {event for event in one if isinstance(event, str)}


@settings(ANY_ORDER, max_examples=8)
@given(arrivals=two_arrivals())
def test_any_order_of_arrival_ends_in_the_same_list_on_both_databases(
    store: Store, tmp_path: Path, arrivals: tuple[list[Event], list[Event]]
) -> None:
    one, other = arrivals
    assert arrive(store, tmp_path, one) == arrive(store, tmp_path, other)


@given(messages=st.lists(orders, min_size=3, max_size=3))
def test_joining_facts_is_commutative_associative_and_idempotent(messages: list[Order]) -> None:
    told = [it.model_copy(update={"message_id": f"M{n}"}) for n, it in enumerate(messages)]
    a, b, c = (facts_of(it, None) for it in told)
    assert joined(a, b) == joined(b, a)
    assert joined(joined(a, b), c) == joined(a, joined(b, c))
    assert joined(a, a) == a
    assert OrderFacts.model_validate(joined(a, b).model_dump(mode="json")) == joined(a, b), "as the store keeps them"
