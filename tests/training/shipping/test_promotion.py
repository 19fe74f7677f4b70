"""A model comes into use through its gates, goes back by a rollback, and everything of it is on record."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from models.errors import ModelError, WeightsError
from models.in_use import Hand, read_history
from models.registry import Model, find_model
from models.shelf import take_in
from training.errors import TrainingError
from training.shipping.gates import Limits
from training.shipping.overview import history, overview, state_words
from training.shipping.promotion import PromotionRefusedError, judge, put_into_use, roll_back, shadow
from worklist.jobs.scorer import find_scorer

Make = Callable[..., Model]
HAND = Hand("ada", datetime(2026, 11, 22, tzinfo=UTC), "better in the trial")
LIMITS = Limits(ece=0.2)


@pytest.fixture
def in_use(home: Path, make_model: Make, many_patients: Path) -> Model:
    """Version 1.0.0, in use."""
    first = take_in(make_model("1.0.0").folder, HAND)
    return put_into_use(first, judge(first, many_patients, "test", LIMITS), HAND)


def promote(model: Model, tiles: Path, override: str | None = None, **limits: float) -> Model:
    gates = judge(model, tiles, "test", Limits(**({"ece": 0.2} | limits)))
    return put_into_use(model, gates, HAND, override)


def test_a_model_that_passes_comes_into_use_from_its_own_folder(
    in_use: Model, make_model: Make, many_patients: Path, home: Path
) -> None:
    made = make_model("2.0.0", per_level=0.11)
    put = promote(made, many_patients)
    assert put.folder == home / "tiny-dark@2.0.0"
    assert find_model("tiny-dark").manifest.version == "2.0.0"
    assert sorted(path.name for path in put.folder.iterdir()) == ["CARD.md", "card.html", "manifest.json", "model.onnx"]
    last = read_history(home)[-1]
    assert (last.act, last.version, last.by, last.why, last.overridden) == ("promoted", "2.0.0", "ada", HAND.why, False)
    assert {gate.name for gate in last.gates} == {
        *("weights", "unseen tiles", "enough patients", "not worse", "calibrated", "card complete"),
    }


def test_a_worse_model_is_refused_and_nothing_changes(
    in_use: Model, make_model: Make, many_patients: Path, home: Path
) -> None:
    before = read_history(home)
    with pytest.raises(
        PromotionRefusedError, match=r"(?s)not worse: AUC 0\.0.*misses that by 0\.9.*--override"
    ) as caught:
        promote(make_model("2.0.0", per_level=-0.1), many_patients)
    assert caught.value.exit_status == 1
    assert read_history(home) == before
    assert find_model("tiny-dark").manifest.version == "1.0.0"
    assert not (home / "tiny-dark@2.0.0").exists()


def test_an_override_is_kept_with_its_reason_and_the_gates_it_went_past(
    in_use: Model, make_model: Make, many_patients: Path
) -> None:
    worse = make_model("2.0.0", per_level=-0.1)
    with pytest.raises(PromotionRefusedError):
        promote(worse, many_patients, override="   ")
    promote(worse, many_patients, override="the other one's licence ended")
    last = history("tiny-dark")[-1]
    assert (last.overridden, last.why, last.by) == (True, "the other one's licence ended", "ada")
    assert {gate.name for gate in last.gates if not gate.passed} == {"not worse", "calibrated"}
    assert find_model("tiny-dark").manifest.version == "2.0.0"


def test_no_reason_overrides_wrong_weights(in_use: Model, make_model: Make, many_patients: Path) -> None:
    broken = make_model("2.0.0")
    gates = judge(broken, many_patients, "test", LIMITS)
    (broken.folder / "model.onnx").write_bytes(b"other")
    with pytest.raises(WeightsError):
        judge(broken, many_patients, "test", LIMITS)
    with pytest.raises(WeightsError):
        put_into_use(broken, gates, HAND, "because")
    assert find_model("tiny-dark").manifest.version == "1.0.0"


def test_a_rollback_goes_back_one_version_at_a_time(in_use: Model, make_model: Make, many_patients: Path) -> None:
    for version in ("2.0.0", "3.0.0"):
        promote(make_model(version), many_patients)
    assert roll_back("tiny-dark", HAND).manifest.version == "2.0.0"
    assert roll_back("tiny-dark", HAND).manifest.version == "1.0.0"
    assert find_model("tiny-dark").manifest.version == "1.0.0"
    with pytest.raises(ModelError, match="no version before"):
        roll_back("tiny-dark", HAND)


def test_a_rollback_works_where_the_one_in_use_is_gone(in_use: Model, make_model: Make, many_patients: Path) -> None:
    put = promote(make_model("2.0.0"), many_patients)
    (put.folder / "manifest.json").unlink()
    with pytest.raises(WeightsError):
        find_model("tiny-dark")
    roll_back("tiny-dark", HAND)
    assert find_model("tiny-dark").manifest.version == "1.0.0"


def test_a_rollback_to_a_version_that_was_changed_is_refused(
    in_use: Model, make_model: Make, many_patients: Path
) -> None:
    promote(make_model("2.0.0"), many_patients)
    manifest = in_use.folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("Drawn tiles.", "Other tiles."))
    with pytest.raises(ModelError, match="was changed since it was in use"):
        roll_back("tiny-dark", HAND)
    assert find_model("tiny-dark").manifest.version == "2.0.0"


def test_the_worker_follows_what_is_in_use_and_a_named_version_stays(
    in_use: Model, make_model: Make, many_patients: Path, tmp_path: Path
) -> None:
    first, pinned = (find_scorer(name, "cpu", tmp_path) for name in ("tiny-dark", "tiny-dark@1.0.0"))
    assert first == pinned
    take_in(make_model("2.0.0").folder, HAND)
    assert find_scorer("tiny-dark", "cpu", tmp_path) == first, "an import changes nothing"
    promote(find_model("tiny-dark@2.0.0"), many_patients)
    assert find_scorer("tiny-dark", "cpu", tmp_path).model == "tiny-dark@2.0.0"
    assert find_scorer("tiny-dark@1.0.0", "cpu", tmp_path) == pinned
    roll_back("tiny-dark", HAND)
    assert find_scorer("tiny-dark", "cpu", tmp_path) == first


def test_a_shadow_is_on_record_and_changes_nothing_that_serves(
    in_use: Model, make_model: Make, many_patients: Path
) -> None:
    second = make_model("2.0.0")
    shadow(second, HAND)
    assert find_model("tiny-dark").manifest.version == "1.0.0"
    states = {line.model.manifest.label: line.state for line in overview()}
    assert states["tiny-dark@1.0.0"] == "in use"
    assert states["tiny-dark@2.0.0"] == "shadow"
    shadow(second, HAND, end=True)
    assert state_words(find_model("tiny-dark@2.0.0")) == ""
    with pytest.raises(ModelError, match="does not run in the shadow"):
        shadow(second, HAND, end=True)
    with pytest.raises(ModelError, match="is in use; only another version"):
        shadow(in_use, HAND)


def test_what_is_in_use_is_not_put_into_use_again(in_use: Model, many_patients: Path) -> None:
    with pytest.raises(ModelError, match="is in use already"):
        promote(in_use, many_patients)


def test_a_model_that_reads_another_field_of_view_cannot_be_compared(
    in_use: Model, make_model: Make, many_patients: Path
) -> None:
    with pytest.raises(PromotionRefusedError, match=r"cannot be compared: tiny-dark@1\.0\.0 reads 16 px at 4 um"):
        promote(make_model("2.0.0", mpp=2.0), many_patients)


def test_tiles_cut_for_another_model_judge_nothing(home: Path, make_model: Make, many_patients: Path) -> None:
    from tests.support.tiny_model import make_tiny_model

    larger = make_tiny_model(home.parent / "larger", tile_px=24)
    with pytest.raises(TrainingError, match="every tile is smaller than the 24 px"):
        judge(larger, many_patients, "test", LIMITS)
