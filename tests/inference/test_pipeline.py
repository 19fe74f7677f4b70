"""The whole way from slides to results: what one slide does, and what it does not do to the others."""

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from inference import finish, result_folder
from inference.batches import Batch
from inference.engines.engine import B, Logits
from inference.engines.onnx_cpu import OnnxEngine
from inference.overview import Overview, write_thumbnail
from inference.pipeline import EngineError, score_slide, score_slides
from inference.result_folder import read_result
from inference.results import SlideResult
from inference.settings import ScoreSettings
from inference.slides.open import open_slide
from models.registry import Model, load_model, sha256_of
from tests.support.slides import make_slide, spoil_stored_tile, stained_image
from tests.support.tiny_model import expected_logit, make_tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return make_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def engine(model: Model) -> OnnxEngine:
    return OnnxEngine(model)


def by_name(results: Iterator[tuple[Path, SlideResult]]) -> dict[str, SlideResult]:
    return {path.name: result for path, result in results}


def test_a_slide_becomes_a_whole_result(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    path = make_slide(tmp_path / "a.svs")
    result = score_slide(path, model, engine, tmp_path / "out")
    assert result.status == "scored"
    assert result.result is not None
    folder = Path(result.result)
    assert read_result(folder) == result
    expected = {"result.json", "tiles.parquet", "heatmap.png", "thumbnail.jpg", "regions.geojson"}
    assert {p.name for p in folder.iterdir()} == expected
    tiles = pq.read_table(folder / "tiles.parquet").to_pydict()
    assert list(tiles) == ["x", "y", "width", "height", "score"]
    assert len(tiles["x"]) == result.tiles > 30
    assert set(tiles["width"]) == {128.0}  # 32 px at 2 um per px, on a slide of 0.5
    with Image.open(folder / "thumbnail.jpg") as thumbnail, Image.open(folder / "heatmap.png") as heatmap:
        assert thumbnail.size == heatmap.size
    assert result.trace.slide_sha256 == sha256_of(path)
    assert result.trace.weights_sha256 == model.weights_sha256()
    assert result.trace.software == f"forrang {version('forrang')}"
    assert result.trace.scored_at_utc.utcoffset() == timedelta(0)
    assert set(result.trace.settings) == set(ScoreSettings().as_record())


def test_each_tile_has_the_score_of_what_lies_there(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    path = make_slide(tmp_path / "a.svs", dark=True)
    result = score_slide(path, model, engine, tmp_path / "out")
    tiles = pq.read_table(Path(result.result or "") / "tiles.parquet").to_pydict()
    with open_slide(path) as slide:
        for x, y, score in zip(tiles["x"], tiles["y"], tiles["score"], strict=True):
            pixels = slide.read_region(x, y, 32, 32, 2.0)
            assert score == pytest.approx(1 / (1 + np.exp(-expected_logit(pixels))), abs=0.02)


def test_a_darker_slide_scores_higher(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    paths = [make_slide(tmp_path / "light.svs"), make_slide(tmp_path / "dark.svs", dark=True)]
    results = by_name(score_slides(paths, model, engine, tmp_path / "out"))
    assert (results["dark.svs"].score or 0) > (results["light.svs"].score or 1)


def test_slides_scored_together_get_the_scores_they_get_alone(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    paths = [make_slide(tmp_path / f"{seed}.svs", seed=seed, dark=seed % 2 == 0) for seed in range(7)]
    together = by_name(score_slides(paths, model, engine, tmp_path / "together"))
    for path in paths:
        alone = score_slide(path, model, engine, tmp_path / "alone")
        assert together[path.name].score == pytest.approx(alone.score, abs=1e-6)
        assert together[path.name].tiles == alone.tiles


def test_bad_slides_end_with_a_reason_and_stop_no_other(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    good = make_slide(tmp_path / "prøve 1 æøå.svs")
    whole = make_slide(tmp_path / "whole.svs").read_bytes()
    bad = {
        "truncated.svs": whole[:1001],
        "empty.svs": b"",
        "text.svs": b"accession number;pathway\n" * 50,
        "no-resolution.svs": make_slide(tmp_path / "no-resolution.svs", mpp=None).read_bytes(),
        "absurd.svs": make_slide(tmp_path / "absurd.svs", mpp=900.0).read_bytes(),
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    blank = tmp_path / "blank.png"
    Image.new("RGB", (600, 400), (244, 244, 244)).save(blank, dpi=(12700, 12700))
    paths = [*(tmp_path / name for name in bad), tmp_path / "missing.svs", blank, good]
    results = by_name(score_slides(paths, model, engine, tmp_path / "out", ScoreSettings()))
    assert len(results) == len(paths)
    assert results[good.name].status == "scored"
    expected = {
        "truncated.svs": "failed", "empty.svs": "failed", "text.svs": "failed", "missing.svs": "failed",
        "no-resolution.svs": "rejected", "absurd.svs": "rejected", "blank.png": "rejected",
    }  # fmt: skip
    assert {name: results[name].status for name in expected} == expected
    for name in expected:
        result = results[name]
        assert result.score is None
        assert result.flagged is None
        assert result.reason
        assert result.result is not None
        assert read_result(Path(result.result)) == result
    for name in expected.keys() - {"blank.png"}:
        assert name in (results[name].reason or "")
    assert "--mpp" in (results["no-resolution.svs"].reason or "")


def test_a_resolution_said_by_a_person_lets_the_slide_be_scored(
    tmp_path: Path, model: Model, engine: OnnxEngine
) -> None:
    path = make_slide(tmp_path / "a.svs", mpp=None)
    result = score_slide(path, model, engine, tmp_path / "out", ScoreSettings(mpp=0.5))
    assert result.status == "scored"
    assert result.mpp == 0.5
    assert result.trace.settings["mpp"] == 0.5


def test_one_bad_stored_tile_costs_its_tiles_only(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    path = tmp_path / "a.svs"
    from inference.phantoms.pyramid import write_pyramid_from_array

    image = np.tile(stained_image(), (3, 3, 1))
    write_pyramid_from_array(path, image, 2.0, downsamples=(1,), tile_px=64)
    spoil_stored_tile(path, 48 * 6 + 8)  # in the middle of the tissue, with more of its rows behind it
    result = score_slide(path, model, engine, tmp_path / "out", ScoreSettings(max_failed=0.05))
    assert result.status == "scored"
    assert 1 <= result.failed_tiles <= 9
    scores = pq.read_table(Path(result.result or "") / "tiles.parquet")["score"]
    assert scores.null_count == result.failed_tiles


def test_too_many_bad_tiles_fail_the_slide_and_name_the_first(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    path = make_slide(tmp_path / "a.svs")
    for number in (5, 6):
        spoil_stored_tile(path, number)
    coarse = make_tiny_model(tmp_path / "fine", tile_px=64, mpp=0.5)
    result = score_slide(path, coarse, OnnxEngine(coarse), tmp_path / "out")
    assert result.status == "failed"
    assert result.score is None
    assert result.failed_tiles > 0.05 * result.tiles
    assert "a.svs" in (result.reason or "")
    assert "first:" in (result.reason or "")


def test_a_slide_is_scored_again_only_if_something_changed(
    tmp_path: Path, model: Model, engine: OnnxEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_slide(tmp_path / "a.svs")
    batches: Counter[str] = Counter()
    original = OnnxEngine.score

    def counted(self: OnnxEngine, incoming: Iterator[B | None]) -> Iterator[tuple[B, Logits]]:
        for batch, logits in original(self, incoming):
            batches["run"] += 1
            yield batch, logits

    monkeypatch.setattr(OnnxEngine, "score", counted)
    first = score_slide(path, model, engine, tmp_path / "out")
    run_once = batches["run"]
    assert run_once > 0
    assert score_slide(path, model, engine, tmp_path / "out") == first
    assert batches["run"] == run_once
    changed = score_slide(path, model, engine, tmp_path / "out", ScoreSettings(mpp=0.5))
    assert changed.result != first.result
    assert batches["run"] > run_once


def test_the_same_slide_under_two_names_gives_two_results(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    path = make_slide(tmp_path / "a.svs")
    copy = tmp_path / "b.svs"
    shutil.copy(path, copy)
    flow = score_slides([path, copy, path], model, engine, tmp_path / "out")
    results = [result for _, result in flow]
    assert sorted(r.slide for r in results) == ["a.svs", "a.svs", "b.svs"]
    assert len({r.score for r in results}) == 1
    assert len({r.trace.slide_sha256 for r in results}) == 1
    assert len({r.result for r in results}) == 2


def test_a_full_disk_fails_the_slide_with_a_reason_and_leaves_nothing(
    tmp_path: Path, model: Model, engine: OnnxEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_slide(tmp_path / "a.svs")

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(result_folder, "_flush", full)
    result = score_slide(path, model, engine, tmp_path / "out")
    assert result.status == "failed"
    assert result.score is None
    assert result.result is None
    assert "No space left on device" in (result.reason or "")
    assert list((tmp_path / "out").iterdir()) == []


def test_stopping_early_leaves_only_whole_results(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    paths = [make_slide(tmp_path / f"{seed}.svs", seed=seed) for seed in range(8)]
    flow = score_slides(paths, model, engine, tmp_path / "out")
    next(flow)
    flow.close()
    folders = list((tmp_path / "out").iterdir())
    assert 1 <= len(folders) < 8
    assert all(read_result(folder) is not None for folder in folders)


def test_ctrl_c_while_a_result_is_written_stops_once_that_is_whole(
    tmp_path: Path, model: Model, engine: OnnxEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a library makes of the signal, as pydantic does while it writes, must not matter: it never comes there."""

    def interrupted(of: Overview, file: Path) -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)
        except KeyboardInterrupt as error:
            raise ValueError("swallowed") from error
        write_thumbnail(of, file)

    monkeypatch.setattr(finish, "write_thumbnail", interrupted)
    paths = [make_slide(tmp_path / f"{seed}.svs", seed=seed) for seed in range(8)]
    flow = score_slides(paths, model, engine, tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        list(flow)
    flow.close()
    (folder,) = (tmp_path / "out").iterdir()
    result = read_result(folder)
    assert result is not None
    assert result.status == "scored"


def test_a_model_that_cannot_be_run_is_said_and_hangs_nothing(
    tmp_path: Path, model: Model, engine: OnnxEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: OnnxEngine, incoming: Iterator[B | None]) -> Iterator[tuple[B, Logits]]:
        for _ in incoming:
            raise RuntimeError("out of memory")
        yield from ()

    monkeypatch.setattr(OnnxEngine, "score", broken)
    paths = [make_slide(tmp_path / f"{seed}.svs", seed=seed) for seed in range(3)]
    with pytest.raises(EngineError, match=r"tiny-dark@1\.0\.0.*out of memory.*doctor"):
        list(score_slides(paths, model, engine, tmp_path / "out"))


def test_many_slides_hold_a_bounded_number_open(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    path = make_slide(tmp_path / "a.svs")
    copies = []
    for number in range(30):
        copies.append(tmp_path / f"{number}.svs")
        copies[-1].symlink_to(path)
    open_files: list[int] = []
    for _ in score_slides(copies, model, engine, tmp_path / "out"):
        open_files.append(sum("a.svs" in str(link.resolve()) for link in Path("/proc/self/fd").iterdir()))
    assert max(open_files) <= 12


def test_a_sidecar_written_after_the_rejection_counts(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    path = make_slide(tmp_path / "a.svs", mpp=None)
    assert score_slide(path, model, engine, tmp_path / "out").status == "rejected"
    (tmp_path / "a.svs.mpp").write_text("0.5")
    first = score_slide(path, model, engine, tmp_path / "out")
    assert (first.status, first.mpp) == ("scored", 0.5)
    (tmp_path / "a.svs.mpp").write_text("0.6")
    assert score_slide(path, model, engine, tmp_path / "out").mpp == 0.6


def test_a_model_that_was_calibrated_anew_scores_anew(tmp_path: Path, model: Model) -> None:
    path = make_slide(tmp_path / "a.svs")
    old = score_slide(path, model, OnnxEngine(model), tmp_path / "out")
    newer = make_tiny_model(tmp_path / "newer", version="2.0.0")
    new = score_slide(path, newer, OnnxEngine(newer), tmp_path / "out")
    assert old.trace.weights_sha256 == new.trace.weights_sha256
    assert (old.model, new.model) == ("tiny-dark@1.0.0", "tiny-dark@2.0.0")


def test_a_resolution_that_contradicts_the_file_is_used_and_said(
    tmp_path: Path, model: Model, engine: OnnxEngine
) -> None:
    path = make_slide(tmp_path / "a.svs", mpp=0.5)
    result = score_slide(path, model, engine, tmp_path / "out", ScoreSettings(mpp=1.0))
    assert result.mpp == 1.0
    assert result.quality is not None
    assert any("says 0.5" in sentence for sentence in result.quality.assumptions)


def test_a_slide_too_coarse_for_the_model_is_rejected_not_enlarged(
    tmp_path: Path, model: Model, engine: OnnxEngine
) -> None:
    result = score_slide(make_slide(tmp_path / "a.svs", mpp=5.0), model, engine, tmp_path / "out")
    assert result.status == "rejected"
    assert "a.svs: its finest level has 5 um per px" in (result.reason or "")


@pytest.mark.parametrize(("share", "status"), [(0.02, "scored"), (0.5, "failed"), (1.0, "failed")])
def test_a_tile_without_a_number_is_a_failed_tile(
    tmp_path: Path, model: Model, engine: OnnxEngine, monkeypatch: pytest.MonkeyPatch, share: float, status: str
) -> None:
    original = OnnxEngine.score
    seen = Counter[str]()

    def with_holes(self: OnnxEngine, incoming: Iterator[B | None]) -> Iterator[tuple[B, Logits]]:
        for batch, logits in original(self, incoming):
            holes = logits.copy()
            for i in range(len(holes)):
                seen["tiles"] += 1
                if int(seen["tiles"] * share) > int((seen["tiles"] - 1) * share):
                    holes[i] = np.nan
            yield batch, holes

    monkeypatch.setattr(OnnxEngine, "score", with_holes)
    one_stream = OnnxEngine(model, threads=1)
    result = score_slide(make_slide(tmp_path / "a.svs"), model, one_stream, tmp_path / "out")
    assert result.status == status
    assert result.failed_tiles == int(result.tiles * share)
    assert (result.score is None) == (status == "failed")


def test_a_tile_that_cannot_be_kept_is_counted_and_nothing_waits_for_it(
    tmp_path: Path, model: Model, engine: OnnxEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Batch.add
    calls = Counter[str]()

    def add(self: Batch, *arguments: object) -> None:
        calls["add"] += 1
        if calls["add"] == 5:
            raise MemoryError
        original(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Batch, "add", add)
    result = score_slide(make_slide(tmp_path / "a.svs"), model, engine, tmp_path / "out")
    assert result.failed_tiles >= 1


def test_a_name_that_is_no_utf8_is_shown_as_it_can_be(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    path = make_slide(tmp_path / "plain.svs")
    odd = path.rename(os.fsdecode(os.fsencode(str(tmp_path)) + b"/bl\xe5.svs"))
    results = list(score_slides([odd, tmp_path / os.fsdecode(b"gone\xe5.svs")], model, engine, tmp_path / "out"))
    assert {result.status for _, result in results} == {"scored", "failed"}
    for _, result in results:
        assert "\ufffd" in result.slide
        assert result.model_dump_json()


def test_a_picture_that_may_be_of_the_label_leaves_no_thumbnail(
    tmp_path: Path, model: Model, engine: OnnxEngine
) -> None:
    photograph = tmp_path / "photo.png"
    noise = np.random.default_rng(1).integers(0, 255, (60, 80), dtype=np.uint8)
    Image.fromarray(noise).convert("RGB").resize((800, 600)).save(photograph)
    result = score_slide(photograph, model, engine, tmp_path / "out", ScoreSettings(mpp=0.5))
    assert result.status == "rejected"
    assert [p.name for p in Path(result.result or "").iterdir()] == ["result.json"]


def test_stopping_early_closes_every_slide(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    paths = [make_slide(tmp_path / f"{seed}.svs", seed=seed) for seed in range(8)]
    flow = score_slides(paths, model, engine, tmp_path / "out")
    next(flow)
    flow.close()
    assert not [link for link in Path("/proc/self/fd").iterdir() if str(tmp_path) in os.path.realpath(link)]


def test_no_slides_give_no_results(tmp_path: Path, model: Model, engine: OnnxEngine) -> None:
    assert list(score_slides([], model, engine, tmp_path / "out")) == []


def test_weights_with_another_hash_are_not_run(tmp_path: Path) -> None:
    made = make_tiny_model(tmp_path / "model")
    weights = made.weights()
    weights.write_bytes(weights.read_bytes() + b"\0")
    with pytest.raises(Exception, match=r"model\.onnx.*SHA-256"):
        OnnxEngine(load_model(tmp_path / "model"))
