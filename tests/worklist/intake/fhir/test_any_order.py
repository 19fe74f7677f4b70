"""In whatever order the parts of an order arrive, and however often, the case is the same in the end."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.fhir import Json, desk_at, meta, request, send, specimen, task
from tests.worklist.conftest import SettableClock
from worklist.store.store import Store

LATER = "2026-11-18T09:00:00Z"
LATEST = "2026-11-18T09:30:00Z"

REVOKED: list[Json] = [
    request(identifier=None, reasonCode=[{"text": "lung"}]),
    request(priority="asap", meta=meta(2, "2026-11-18T08:30:00Z"), authoredOn=None),
    request(status="revoked", identifier=None, reasonCode=None, meta=meta(3, LATER)),
    specimen(),
    specimen(type={"text": "resektat"}, receivedTime=None, meta=meta(2, LATER)),
    task(),
]
STANDING: list[Json] = [
    request(identifier=None, specimen=[{"reference": "Specimen/sp-1"}]),
    request(status="revoked", meta=meta(2, LATER)),
    request(meta=meta(3, LATEST), performer=[{"type": "Organization", "display": "Herlev"}]),
    specimen(request=None),
    task(status="cancelled"),
    task(status="requested", meta=meta(2, LATER)),
]


def what_stands(empty_store: Path, messages: list[Json]) -> dict[str, Any]:
    """The list after the messages, without the microseconds by which stamps are told apart."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "worklist.db"
        shutil.copyfile(empty_store, path)
        store = Store(f"sqlite:///{path}", SettableClock())
        send(desk_at(store, Path(folder) / "home"), *messages)
        (case,) = store.cases()
        store.close()
    told = case.model_dump()
    if case.order_cancelled_utc:
        told["order_cancelled_utc"] = case.order_cancelled_utc.replace(microsecond=0)
    return told


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([REVOKED, STANDING]), st.randoms(use_true_random=False), st.integers(0, 3))
def test_any_order_and_any_number_of_times_gives_the_same_case(
    empty_store: Path, messages: list[Json], chance: Any, doubled: int
) -> None:
    expected = what_stands(empty_store, messages)
    assert (expected["order_cancelled_utc"] is not None) == (messages is REVOKED)
    shuffled = [*messages, *chance.choices(messages, k=doubled)]
    chance.shuffle(shuffled)
    assert what_stands(empty_store, shuffled) == expected
