"""Models come into use as they were seen and judged, by whoever may, on record and on the audit trail."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from models.errors import ModelError
from models.in_use import Gate, Hand
from models.registry import Model, find_model, serving_of
from models.shelf import manifest_hash
from tests.support.people import person
from training.shipping.overview import history
from training.shipping.promotion import PromotionRefusedError, shadow, state
from ui.models import acts
from ui.models.runs.record import GatesFound
from worklist.errors import NotAllowedError
from worklist.store.store import Store
from worklist.store.tables import AuditRow

MAJA = person("maja", "researcher")
PASSED = Gate(name="not worse", passed=True, said="as good")
REFUSED = Gate(name="calibrated", passed=False, said="off by 0.2")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def found(model: Model, *gates: Gate) -> GatesFound:
    against = serving_of(model.manifest.name)
    return GatesFound(
        model=model.manifest.label,
        manifest_sha256=manifest_hash(model),
        against_sha256=None if against is None else manifest_hash(against),
        gates=gates or (PASSED,),
    )


@pytest.fixture
def two(store: Store, shelved: Callable[..., Model]) -> tuple[Model, Model]:
    """Version 1.0.0 in use, and 1.1.0, which nobody put into use."""
    first = shelved("1.0.0")
    acts.use(store, MAJA, acts.as_seen("tiny-dark"), found(first), "the first")
    return first, shelved("1.1.0")


def in_use() -> str:
    return find_model("tiny-dark").manifest.version


def trail(store: Store) -> list[dict[str, object]]:
    with store.reading() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.act == "put model into use").order_by(AuditRow.number))
        return [json.loads(row.details) for row in rows]


def test_a_model_that_its_gates_let_through_comes_into_use_and_both_records_say_so(
    store: Store, two: tuple[Model, Model]
) -> None:
    acts.use(store, MAJA, acts.as_seen("tiny-dark"), found(two[1]), "spring's slides")
    assert in_use() == "1.1.0"
    last = history("tiny-dark")[-1]
    assert (last.act, last.by, last.why) == ("promoted", "maja", "spring's slides")
    assert [row["model"] for row in trail(store)] == ["tiny-dark@1.0.0", "tiny-dark@1.1.0"]


def test_a_gate_that_refuses_is_overridden_only_with_a_reason_that_stays(
    store: Store, two: tuple[Model, Model]
) -> None:
    seen = acts.as_seen("tiny-dark")
    with pytest.raises(PromotionRefusedError, match=r"off by 0\.2"):
        acts.use(store, MAJA, seen, found(two[1], PASSED, REFUSED), "why not", "  ")
    assert in_use() == "1.0.0"
    assert len(trail(store)) == 1, "what did not happen is not on the trail"
    acts.use(store, MAJA, seen, found(two[1], PASSED, REFUSED), "", "the old one misses lobular carcinoma")
    last = history("tiny-dark")[-1]
    assert last.overridden
    assert last.why == "the old one misses lobular carcinoma"
    assert trail(store)[-1] == {
        "what": "put into use",
        "model": "tiny-dark@1.1.0",
        "overridden": True,
        "refused by": "calibrated",
    }


def test_somebody_elses_act_in_between_stops_ours(store: Store, two: tuple[Model, Model]) -> None:
    seen, gates = acts.as_seen("tiny-dark"), found(two[1])
    shadow(two[1], Hand("someone else", NOW, "first"))
    with pytest.raises(acts.ChangedMeanwhileError, match="Nothing was done"):
        acts.use(store, MAJA, seen, gates, "mine")
    with pytest.raises(acts.ChangedMeanwhileError):
        acts.go_back(store, MAJA, seen, "mine")
    assert in_use() == "1.0.0"
    assert len(trail(store)) == 1


def test_what_the_gates_said_of_another_state_of_things_does_not_count(
    store: Store, two: tuple[Model, Model], shelved: Callable[..., Model]
) -> None:
    gates = found(two[1])
    third = shelved("1.2.0")
    acts.use(store, MAJA, acts.as_seen("tiny-dark"), found(third), "in between")
    assert not acts.still_holds(gates, two[1])
    with pytest.raises(PromotionRefusedError, match="Judge it again"):
        acts.use(store, MAJA, acts.as_seen("tiny-dark"), gates, "stale")
    assert in_use() == "1.2.0"
    forged = found(two[1]).model_copy(update={"manifest_sha256": manifest_hash(third)})
    with pytest.raises(PromotionRefusedError):
        acts.use(store, MAJA, acts.as_seen("tiny-dark"), forged, "other gates")


def test_only_a_researcher_or_an_admin_puts_models_into_use(store: Store, two: tuple[Model, Model]) -> None:
    for role in ("pathologist", "coordinator", "manager"):
        with pytest.raises(NotAllowedError):
            acts.use(store, person("p", role), acts.as_seen("tiny-dark"), found(two[1]), "")
    assert in_use() == "1.0.0"
    acts.use(store, person("root", "admin"), acts.as_seen("tiny-dark"), found(two[1]), "")
    assert in_use() == "1.1.0"


def test_a_model_goes_back_and_into_the_shadow(store: Store, two: tuple[Model, Model]) -> None:
    with pytest.raises(ModelError, match="no version before"):
        acts.go_back(store, MAJA, acts.as_seen("tiny-dark"), "too many alarms")
    acts.try_in_shadow(store, MAJA, acts.as_seen("tiny-dark"), "tiny-dark@1.1.0", "let us see")
    assert state("tiny-dark").shadow is not None
    acts.try_in_shadow(store, MAJA, acts.as_seen("tiny-dark"), "tiny-dark@1.1.0", "seen", end=True)
    assert state("tiny-dark").shadow is None
    acts.use(store, MAJA, acts.as_seen("tiny-dark"), found(two[1]), "")
    acts.go_back(store, MAJA, acts.as_seen("tiny-dark"), "too many alarms")
    assert in_use() == "1.0.0"
    assert [row["what"] for row in trail(store)][1:] == ["shadow", "shadow ended", "put into use", "rolled back"]


def test_a_record_that_cannot_be_written_leaves_no_row_on_the_trail(
    store: Store, two: tuple[Model, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr("training.shipping.promotion.record", full)
    with pytest.raises(OSError, match="no space"):
        acts.use(store, MAJA, acts.as_seen("tiny-dark"), found(two[1]), "")
    assert len(trail(store)) == 1


def test_what_is_on_record_of_a_name_is_only_its_own(store: Store, two: tuple[Model, Model], home: Path) -> None:
    assert acts.as_seen("another").last is None
    assert acts.as_seen("tiny-dark").last == history("tiny-dark")[-1].sha256
