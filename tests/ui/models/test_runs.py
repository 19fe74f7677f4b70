"""Runs have a process of their own; their folder tells what they do, whoever looks, and however they end."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from models.registry import Model, list_models
from planner.holding import is_held
from tests.support.people import person
from training.judging.side_by_side import Findings
from training.tiles.options import TrainOptions
from ui.models.run_list import ended_words, epochs_of, progress_of, title_of
from ui.models.runs.holding import hold, holder
from ui.models.runs.record import (
    ALIVE,
    FIGURES,
    GATES,
    OUTCOME,
    RUN,
    TOLD,
    Asked,
    Feedback,
    GatesFound,
    Judge,
    Look,
    Outcome,
    Run,
    RunError,
    State,
    Train,
    Work,
    all_runs,
    read_run,
    refuse_taken_name,
    runs_folder,
    write_whole,
)
from ui.models.runs.start import go_on, remove, start, stop
from ui.models.runs.work import do
from worklist.errors import NotAllowedError
from worklist.store.store import Store

MAJA = person("maja", "researcher")
PATIENCE_S = 120


def asked(store: Store, work: Work) -> Asked:
    return Asked(work=work, by="maja", role="researcher", source="test", at_utc=store.now())


def written(store: Store, home: Path, work: Work, name: str = "a") -> Path:
    folder = runs_folder(home) / name
    folder.mkdir(parents=True)
    write_whole(folder / RUN, asked(store, work))
    return folder


def until(store: Store, run: Run, *states: State) -> Run:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        now = read_run(run.folder, store.now())
        assert now is not None
        if now.state in states:
            return now
        time.sleep(0.2)
    raise AssertionError(f"{run.id} is not {states}")


def training(tiles: Path, **told: object) -> Train:
    return Train(options=TrainOptions(tiles=tiles, out=tiles.parent, name="tiny-dark", **told))


def test_a_run_does_its_work_in_a_process_of_its_own(
    store: Store, home: Path, tiles: Path, shelved: Callable[..., Model]
) -> None:
    shelved("1.0.0")
    run = start(store, home, MAJA, Look(models=("tiny-dark@1.0.0",), tiles=tiles, split="test"))
    run = until(store, run, "done", "failed")
    assert run.state == "done", ended_words(run)
    found = Findings.model_validate_json((run.folder / FIGURES).read_bytes())
    assert found.models[0].evaluation.auc > 0.9
    assert [it["event"] for it in run.told][:2] == ["waiting", "started"]
    assert [it.id for it in all_runs(home, store.now())] == [run.id]
    remove(store, MAJA, run)
    assert all_runs(home, store.now()) == []


def test_a_run_waits_for_its_turn_and_can_be_stopped(store: Store, home: Path, tiles: Path) -> None:
    runs_folder(home).mkdir()
    with hold(runs_folder(home) / ".turn-judge"):
        run = start(store, home, MAJA, Look(models=("no such model",), tiles=tiles, split="test"))
        run = until(store, run, "waiting")
        stop(store, MAJA, run)
        assert not is_held(run.folder / ALIVE)
    run = until(store, run, "stopped")
    assert "maja" in ended_words(run)


def test_a_run_that_fails_says_why(store: Store, home: Path, tiles: Path) -> None:
    run = start(store, home, MAJA, Look(models=("no such model",), tiles=tiles, split="test"))
    run = until(store, run, "done", "failed")
    assert run.state == "failed"
    assert "no model named 'no such model'" in ended_words(run)
    with pytest.raises(RunError, match="does not wait"):
        go_on(store, MAJA, run)


def test_only_who_may_starts_and_stops_runs(store: Store, home: Path, tiles: Path) -> None:
    anna = person("anna", "pathologist")
    with pytest.raises(NotAllowedError):
        start(store, home, anna, training(tiles))
    with pytest.raises(NotAllowedError):
        start(store, home, person("root", "admin"), Feedback(model="m", out=home / "f.parquet"))
    folder = written(store, home, training(tiles))
    run = read_run(folder, store.now())
    assert run is not None
    for act in (stop, go_on, remove):
        with pytest.raises(NotAllowedError):
            act(store, anna, _cut_off(run, store))
    assert (folder / RUN).is_file()


def _cut_off(run: Run, store: Store) -> Run:
    (run.folder / ALIVE).touch()
    found = read_run(run.folder, store.now())
    assert found is not None
    assert found.state == "cut off"
    return found


def test_the_state_of_a_run_is_read_from_its_folder_alone(store: Store, home: Path, tiles: Path) -> None:
    folder = written(store, home, training(tiles))

    def now(later_s: float = 0.0) -> Run:
        found = read_run(folder, store.now() + timedelta(seconds=later_s))
        assert found is not None
        return found

    assert now().state == "starting"
    assert now(3600).state == "cut off", "a process that never held its folder has not started"
    with hold(folder / ALIVE):
        (folder / TOLD).write_text('{"event": "waiting"}\n{"event": "st')
        assert now().state == "waiting", "a line that is half written is left out"
        (folder / TOLD).write_text('{"event": "waiting"}\n{"event": "started"}\n')
        assert now().state == "running"
        assert holder(folder / ALIVE) is not None
    assert now().state == "cut off"
    assert now().may_go_on
    write_whole(folder / OUTCOME, Outcome(state="done", said="tiny-dark@0.1.0", at_utc=store.now()))
    assert now().state == "done"
    assert not now().may_go_on
    (folder / RUN).write_text("{")
    assert read_run(folder, store.now()) is None


def test_epochs_of_several_fits_are_told_apart_and_add_up(store: Store, home: Path, tiles: Path) -> None:
    options = TrainOptions(tiles=tiles, out=home)
    work = Train(options=options.model_copy(update={"fit": options.fit.model_copy(update={"epochs": 2})}))
    folder = written(
        store,
        home,
        work.model_copy(update={"options": work.options.model_copy(update={"mixed_with": (work.options.fit,)})}),
    )
    epochs = [(1, 0.6), (2, 0.7), (1, 0.65)]
    lines = [{"event": "epoch", "epoch": number, "loss": 0.5, "validation_auc": auc} for number, auc in epochs]
    (folder / TOLD).write_text("\n".join(map(json.dumps, lines)))
    run = read_run(folder, store.now())
    assert run is not None
    assert [(it["fit"], it["epoch"]) for it in epochs_of(run)] == [(1, 1), (1, 2), (2, 1)]
    assert progress_of(run) == (0.75, "epoch 3 of 4 done")
    assert title_of(run) == "Train tiles@0.1.0"


def test_a_name_that_is_taken_is_refused_before_hours_of_training(
    store: Store, tiles: Path, shelved: Callable[..., Model]
) -> None:
    shelved("1.0.0")
    refuse_taken_name(training(tiles, version="1.1.0").options)
    with pytest.raises(RunError, match="Choose another version"):
        refuse_taken_name(training(tiles, version="1.0.0").options)


def test_the_gates_of_a_model_are_kept_with_what_they_were_held_against(
    store: Store, home: Path, tiles: Path, shelved: Callable[..., Model]
) -> None:
    first, second = shelved("1.0.0"), shelved("1.1.0", per_level=0.05)
    folder = written(store, home, Judge(model="tiny-dark@1.0.0", tiles=tiles, split="test"))
    run = read_run(folder, store.now())
    assert run is not None
    do(run.asked, folder)
    found = GatesFound.model_validate_json((folder / GATES).read_bytes())
    assert found.model == first.manifest.label
    assert found.against_sha256 is not None
    assert {gate.name for gate in found.gates} >= {"weights", "unseen tiles", "not worse"}
    assert second.manifest.label in {it.manifest.label for it in list_models()}


def test_two_models_are_judged_on_the_same_rows(
    store: Store, home: Path, tiles: Path, shelved: Callable[..., Model]
) -> None:
    shelved("1.0.0")
    shelved("1.1.0", per_level=-0.1)
    folder = written(store, home, Look(models=("tiny-dark@1.0.0", "tiny-dark@1.1.0"), tiles=tiles, split="test"))
    run = read_run(folder, store.now())
    assert run is not None
    do(run.asked, folder)
    found = Findings.model_validate_json((folder / FIGURES).read_bytes())
    auc = next(it for it in found.differences if it.name == "auc")
    assert auc.value == pytest.approx(found.models[0].evaluation.auc - found.models[1].evaluation.auc)
    assert auc.low > 0.5
