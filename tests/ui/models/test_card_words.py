"""What the models' pages say, from data to words, without a browser."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from models.in_use import Entry, Gate
from models.manifest import DataTrace, Metric
from models.registry import find_model
from planner.calibration.bounds import share
from tests.training.conftest import tile_rows, write_rows
from training.errors import TrainingError
from training.judging.evaluation import Difference
from training.judging.side_by_side import Findings, judge_side_by_side
from training.judging.subgroups import Group
from ui.models import card, charts
from ui.models.compare import _judged_alike, card_rows
from ui.models.feedback import rows_of
from ui.models.suggestions import suggested, without_names
from ui.models.training_form import Answers, next_version, options_of
from ui.models.watch import group_words, newest, psi_rows, rate_rows, shift_rows, worst_level
from worklist.reading.verdict import Verdict
from worklist.watching.agreement import WeekRate
from worklist.watching.drift import Shift

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAN = float("nan")


def test_a_figure_keeps_the_threshold_it_was_measured_at() -> None:
    assert card.figure_words("sensitivity at 0.194") == "sensitivity at 0.194"
    assert card.figure_words("bag AUC") == "bag AUC"
    rows = card.metric_rows([Metric(name="AUC", value=0.9, low=0.88, high=0.92, on="test")])
    assert rows == [("AUC", "0.900", "0.880–0.920", "test")]
    assert card.metric_rows([Metric(name="F1", value=0.5, on="test")])[0][2] == ""


@pytest.mark.parametrize(
    ("name", "low", "high", "said"),
    [
        ("auc", 0.01, 0.02, "better"),
        ("auc", -0.02, -0.01, "worse"),
        ("ece", 0.01, 0.02, "worse"),
        ("ece", -0.02, -0.01, "better"),
        ("brier", -0.02, -0.01, "better"),
        ("auc", -0.01, 0.01, "no more than chance"),
    ],
)
def test_a_difference_is_called_better_only_where_it_is_more_than_chance(
    name: str, low: float, high: float, said: str
) -> None:
    assert card.verdict(Difference(name, (low + high) / 2, low, high)) == said


def test_an_overridden_gate_is_on_the_record_with_what_it_said() -> None:
    gates = (
        Gate(name="weights", passed=True, said="whole"),
        Gate(name="calibrated", passed=False, said="off by 0.2"),
    )
    entry = Entry(
        act="promoted",
        name="m",
        version="2",
        manifest_sha256="a" * 64,
        at_utc=NOW,
        by="maja",
        why="needed",
        gates=gates,
        overridden=True,
    )
    older = entry.model_copy(update={"act": "imported", "overridden": False, "gates": ()})
    first, second = card.history_rows([older, entry], ["then", "now"])
    assert first == ("now", "m@2", "put into use, a gate overridden", "maja", "needed; calibrated: off by 0.2")
    assert second[2] == "taken in"


def test_the_card_of_the_bundled_model_is_told_whole() -> None:
    manifest = find_model("idc-screen").manifest
    said = dict(card.what_it_says(manifest))
    assert "Not for clinical use" in said["What it is for"]
    assert "200 µm a side" in said["What it looks at"]
    assert "<li>Tile" in card.steps_html(manifest)
    assert card_rows(manifest, manifest)[0] == ("network", manifest.network, manifest.network)


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    from tests.support.tiny_model import make_tiny_model

    folder = tmp_path_factory.mktemp("found")
    tiles = write_rows(tile_rows(), folder / "tiles.parquet")
    models = [make_tiny_model(folder / version, tile_px=16, mpp=4.0, version=version) for version in ("1.0.0", "2.0.0")]
    found = judge_side_by_side(models, tiles, "test", threads=1)
    return Findings.model_validate_json(found.model_dump_json())


def test_findings_outlive_their_file_though_a_group_lacks_a_class(findings: Findings) -> None:
    assert [it.label for it in findings.models] == ["tiny-dark@1.0.0", "tiny-dark@2.0.0"]
    assert {it.value for it in findings.differences} == {0.0}
    one = findings.models[0].model_copy(
        update={"groups": (Group("site", "A", 9, 2, 0, (NAN, NAN, NAN), (NAN, NAN, NAN), (0.5, 0.4, 0.6)),)}
    )
    again = Findings.model_validate_json(findings.model_copy(update={"models": (one,)}).model_dump_json())
    assert np.isnan(again.models[0].groups[0].auc[0])
    assert card.group_rows(again.models[0])[0][4:] == ("–", "–", "0.50 (0.40–0.60)", "small: may be luck")


def test_charts_name_both_models_and_bring_no_look_of_their_own(findings: Findings) -> None:
    for chart in (charts.roc_chart(findings), charts.reliability_chart(findings), charts.benefit_chart(findings)):
        assert chart["config"] == {}
        assert "tiny-dark@1.0.0" in str(chart)
        assert "tiny-dark@2.0.0" in str(chart)
    assert "strokeDash" in str(charts.roc_chart(findings)), "models are not told apart by colour alone"


def shift(week: int, level: str, psi: float | None = 0.3, group: str = "all") -> Shift:
    return Shift(date(2026, 11, week), group, "score", 90, psi, 0.0001, 0.0001 if psi else None, level)  # type: ignore[arg-type]


def test_drift_is_told_for_the_newest_week_the_farthest_first() -> None:
    shifts = [shift(2, "moved far"), shift(9, "as before", 0.05), shift(9, "moved", 0.2, "scanner gt450")]
    assert [it.group for it in newest(shifts)] == ["scanner gt450", "all"]
    assert worst_level(newest(shifts)) == "moved"
    assert worst_level([]) == "too few"
    assert shift_rows(shifts)[0] == ("scanner gt450", "scores", "90", "0.20", "< 0.001", "moved")
    assert shift_rows([shift(9, "too few", None)])[0][3:] == ("–", "–", "too few slides")
    assert psi_rows(shifts) == [(date(2026, 11, 2), "scores", 0.3), (date(2026, 11, 9), "scores", 0.05)]
    assert group_words("site Herlev Hospital") == "site Herlev Hospital"


def test_a_rate_that_rose_says_so_in_words() -> None:
    calm = WeekRate(date(2026, 11, 9), "overruled", 2, 50, share(2, 50), 0.6)
    risen = WeekRate(date(2026, 11, 16), "missed", 20, 50, share(20, 50), 0.001)
    rows = rate_rows([calm, risen])
    assert [row[4] for row in rows] == ["more than before", ""]
    assert rows[0][2] == "20 / 50"


def test_whoever_does_not_see_cases_is_told_no_case_and_no_slide() -> None:
    verdict = Verdict(
        "26-1", "slide-7", "Herlev", "gt450", "anna", NOW, "positive", 0.1, False, "m@1", True, "comment on 26-1"
    )
    zone = ZoneInfo("Europe/Copenhagen")
    assert "26-1" in str(rows_of([verdict], zone, with_case=True))
    hidden = str(rows_of([verdict], zone, with_case=False))
    assert "26-1" not in hidden
    assert "slide-7" not in hidden
    text = "slide,score,threshold,result,label\n26-1_A.svs,0.4,0.38,26-1_A-0123456789ab,\n"
    shown = without_names(suggested(text))
    assert "26-1" not in shown
    assert "0123456789ab,0.4,0.38," in shown


def answers(tiles: Path, **changed: object) -> Answers:
    told: dict[str, object] = {
        "tiles": tiles,
        "recipe": "idc-screen",
        "name": "mine",
        "version": "1.0.0",
        "start": "random",
        "epochs": 2,
        "patience": 0,
        "learning_rate": 0.001,
        "batch": 32,
        "all_fits": False,
        "has_places": False,
        "training_data": "",
        "licence": "",
        "limits": "Not for clinical use.\n\nOnly spring.",
    }
    return Answers(**(told | changed))  # type: ignore[arg-type]


def test_the_forms_answers_go_over_the_recipe_but_its_words_of_other_tiles_do_not_stay(tmp_path: Path) -> None:
    options = options_of(answers(tmp_path / "t.parquet"), tmp_path)
    assert (options.fit.epochs, options.fit.patience, options.fit.batch) == (2, None, 32)
    assert options.mixed_with == ()
    assert options.surroundings_um is None
    assert options.description.training_data == "Labelled tiles that were not described further."
    assert options.description.licence == "Not stated."
    assert options.description.limits == ("Not for clinical use.", "Only spring.")
    assert options.description.positive == "invasive ductal carcinoma"
    whole = options_of(answers(tmp_path / "t.parquet", all_fits=True, has_places=True), tmp_path)
    assert {it.epochs for it in whole.mixed_with} == {2}
    assert whole.surroundings_um is not None


def test_an_answer_that_cannot_be_is_refused_with_its_field(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="name"):
        options_of(answers(tmp_path / "t.parquet", name="../climbs"), tmp_path)
    with pytest.raises(TrainingError, match=r"fit\.learning_rate"):
        options_of(answers(tmp_path / "t.parquet", learning_rate=-1.0), tmp_path)


def test_the_next_version_follows_the_newest() -> None:
    bundled = find_model("idc-screen")
    major, minor, _ = bundled.manifest.version.split(".")
    assert next_version("idc-screen", [bundled]) == f"{major}.{int(minor) + 1}.0"
    assert next_version("another", [bundled]) == "1.0.0"


def test_figures_of_two_cards_compare_only_where_both_were_measured_on_the_same_split() -> None:
    known = find_model("idc-screen").manifest
    here = DataTrace(tiles_sha256="a" * 64, split_sha256="b" * 64, patients={}, tiles={})
    elsewhere = here.model_copy(update={"split_sha256": "c" * 64})
    one = known.model_copy(update={"data": here})
    other = one.model_copy(update={"version": "9.0.0"})
    assert _judged_alike(one, other)
    assert _judged_alike(one, other.model_copy(update={"data": here.model_copy(update={"tiles_sha256": "d" * 64})}))
    assert not _judged_alike(one, other.model_copy(update={"data": elsewhere}))
    assert not _judged_alike(one, other.model_copy(update={"data": None}))
    unknown = known.model_copy(update={"data": None})
    assert not _judged_alike(unknown, unknown), "of two unknown splits nobody knows that they are one"
    judged = tuple(it.model_copy(update={"on": "other patients"}) for it in one.metrics)
    assert not _judged_alike(one, other.model_copy(update={"metrics": judged}))
