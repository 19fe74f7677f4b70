"""`forrang models ...` as it is typed: list, import, export, calibrate, promote, roll back, and what is refused."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("onnx", reason="onnx is not installed")

from models.errors import ForrangError, UnknownModelError
from models.registry import Model, find_model, sha256_of
from training.commands.models import models_commands
from training.errors import TrainingError

Make = Callable[..., Model]
CALIBRATION = ("--ece-limit", "0.3")


def run(*words: object, exit_code: int = 0) -> str:
    """What the command says; an error that a person can mend is raised as it is."""
    found = CliRunner().invoke(models_commands, [str(word) for word in words])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    assert found.exit_code == exit_code, found.output
    return found.stdout


def states() -> dict[str, str]:
    lines = (json.loads(line) for line in run("list", "--json").splitlines())
    return {f"{line['name']}@{line['version']}": line["state"] for line in lines}


def test_from_an_archive_to_use_and_back(home: Path, make_model: Make, many_patients: Path, tmp_path: Path) -> None:
    archives = []
    for version in ("1.0.0", "2.0.0"):
        archives.append(tmp_path / f"{version}.zip")
        said = run("export", make_model(version).folder, "--out", archives[-1])
        assert sha256_of(archives[-1]) in said
    assert "in use, never promoted" in run("import", archives[0], "--by", "ada")
    assert "not in use" in run("import", archives[1], "--sha256", sha256_of(archives[1]), "--by", "ada")
    assert states()["tiny-dark@1.0.0"] == "in use, never promoted"
    judged = ("--tiles", many_patients, *CALIBRATION, "--by", "grace", "--why", "the trial")
    said = json.loads(run("promote", "tiny-dark@2.0.0", *judged, "--json"))
    assert (said["model"], said["promoted"]) == ("tiny-dark@2.0.0", True)
    assert states() == states() | {"tiny-dark@1.0.0": "", "tiny-dark@2.0.0": "in use"}
    run("rollback", "tiny-dark", "--by", "grace", "--why", "slower")
    assert states() == states() | {"tiny-dark@1.0.0": "in use", "tiny-dark@2.0.0": ""}
    run("shadow", "tiny-dark@2.0.0")
    assert states()["tiny-dark@2.0.0"] == "shadow"
    entries = [json.loads(line) for line in run("history", "tiny-dark", "--json").splitlines()]
    assert [(one["act"], one["version"], one["by"]) for one in entries[:6]] == [
        ("imported", "1.0.0", "ada"),
        ("found", "1.0.0", "ada"),
        ("imported", "2.0.0", "ada"),
        ("promoted", "2.0.0", "grace"),
        ("rolled back", "1.0.0", "grace"),
        ("shadow", "2.0.0", entries[5]["by"]),
    ]
    assert "slower" in run("history")


def test_a_refusal_shows_the_gates_and_changes_nothing(home: Path, make_model: Make, many_patients: Path) -> None:
    run("import", make_model("1.0.0").folder)
    worse = make_model("2.0.0", per_level=-0.1).folder
    found = CliRunner().invoke(models_commands, ["promote", str(worse), "--tiles", str(many_patients), "--json"])
    assert isinstance(found.exception, TrainingError)
    assert found.exception.exit_status == 1
    told = json.loads(found.stdout)
    assert told["promoted"] is False
    assert "not worse" in [gate["name"] for gate in told["gates"] if not gate["passed"]]
    assert find_model("tiny-dark").manifest.version == "1.0.0"


def test_any_onnx_classifier_is_imported_calibrated_and_promoted(
    home: Path, make_model: Make, many_patients: Path, tmp_path: Path
) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["m", "w"], ["y"]),
    ]
    weights = numpy_helper.from_array(np.array([[1, -1]] * 3, np.float32), "w")
    graph = helper.make_graph(
        nodes,
        "darkness",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])],
        [weights],
    )
    path = tmp_path / "darkness.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    told = ("--name", "any", "--tile-px", 16, "--mpp", 4, "--classes", "light,dark", "--positive", "dark")
    words = ("--licence", "CC0", "--trained-on", "Nothing: it was written by hand.")
    assert "any@1.0.0 (in use, never promoted)" in run("import", "--onnx", path, *told, *words)
    assert "calibrated" in run("list")
    with pytest.raises(TrainingError, match="forrang models calibrate any@1"):
        run("promote", "any", "--tiles", many_patients)
    assert "any@1.0.0.1 (not in use)" in run("calibrate", "any", "--tiles", many_patients)
    made = find_model("any@1.0.0.1")
    assert made.weights_sha256() == find_model("any@1.0.0").weights_sha256()
    assert made.manifest.calibration != find_model("any@1.0.0").manifest.calibration
    assert {"AUC", "calibration error", "bag AUC"} <= {metric.name for metric in made.manifest.metrics}
    run("promote", "any@1.0.0.1", "--tiles", many_patients, *CALIBRATION)
    assert states()["any@1.0.0.1"] == "in use"
    assert "darkness.onnx" in (made.folder / "card.html").read_text()


def test_a_model_is_shown_as_its_card_for_people_and_as_its_manifest_for_programs(home: Path, make_model: Make) -> None:
    model = make_model("1.0.0")
    shown = run("show", model.folder)
    assert shown.startswith("# tiny-dark@1.0.0\n")
    assert "What it was never shown" in shown
    assert shown.splitlines()[-1] == f"tiny-dark@1.0.0 (not in use): {model.folder}"
    assert json.loads(run("show", model.folder, "--json")) == model.manifest.model_dump(mode="json")


def test_cards_are_written_where_they_are_asked_for(home: Path, make_model: Make, tmp_path: Path) -> None:
    run("card", make_model().folder, "--out", tmp_path / "new" / "cards")
    assert sorted(path.name for path in (tmp_path / "new" / "cards").iterdir()) == ["CARD.md", "card.html"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Name one thing to import"),
        (("a.zip", "--onnx", "b.onnx"), "Name one thing to import"),
        (("weights.pt",), "can be a pickle"),
        (("model.onnx",), "say --onnx"),
        (("--onnx", "b.onnx", "--tile-px", "50"), "say --tile-px, --mpp and --classes"),
        (("--onnx", "b.onnx", "--tile-px", "50", "--mpp", "1", "--classes", "a,b", "--mean", "1"), "three numbers"),
    ],
)
def test_what_cannot_be_imported_is_told_in_one_sentence(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("weights.pt").write_bytes(pickle.dumps({}))
    with pytest.raises(ForrangError, match=said):
        run("import", *words)
    with pytest.raises(ForrangError, match="holds no manifest"):
        run("import", tmp_path)
    with pytest.raises(UnknownModelError, match="Nothing is on record"):
        run("history", "nothing")
