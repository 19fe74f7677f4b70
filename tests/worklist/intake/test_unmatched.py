"""Slides that wait for their case are found by a part of their path or number, a few at a time."""

import pytest

from worklist.intake.unmatched import count_waiting, waiting_slides
from worklist.store.store import Store
from worklist.store.tables import UnmatchedSlideRow


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["26-1_A.svs", "26-2.svs", "100%.svs"]),
        ("26-1_a", ["26-1_A.svs"]),
        ("27-", ["100%.svs"]),
        ("%", ["100%.svs"]),
        ("x", []),
    ],
)
def test_slides_are_found_by_a_part_of_their_name_or_number(store: Store, text: str, found: list[str]) -> None:
    told = (("26-1_A.svs", None), ("26-2.svs", "26-2"), ("100%.svs", "27-9"), ("26-3 matched.svs", None))
    with store.writing() as session:
        for name, number in told:
            matched = store.now() if "matched" in name else None
            row = {"path": f"/in/{name}", "accession_number": number, "reason": "no case", "matched_utc": matched}
            session.add(UnmatchedSlideRow(**row, arrived_utc=store.now()))
            session.flush()
    assert [it.path.name for it in waiting_slides(store, text)] == found
    assert [it.path.name for it in waiting_slides(store, text, limit=1)] == found[:1]
    assert count_waiting(store, text) == len(found)
