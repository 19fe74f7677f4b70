"""Models are found by name or path, and no weights are handed out whose hash is not the manifest's."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import ManifestError, ModelError, UnknownModelError, WeightsError
from models.registry import find_model, list_models, user_folder

Write = Callable[..., Path]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "models"


def test_a_model_is_found_by_name_by_label_and_by_path(home: Path, write_model_folder: Write) -> None:
    folder = write_model_folder(home / "small")
    by_name, by_label, by_path = find_model("small"), find_model("small@1.2.0"), find_model(str(folder))
    assert by_name.manifest == by_label.manifest == by_path.manifest
    assert by_name.weights() == folder / "model.fp32.onnx"
    assert len(by_name.weights_sha256()) == 64


def test_the_bundled_model_is_there_without_anything_set_up(home: Path) -> None:
    assert "idc-screen" in [model.manifest.name for model in list_models()]
    assert find_model("idc-screen").weights().is_file()


def test_of_several_versions_the_newest_is_taken(home: Path, write_model_folder: Write) -> None:
    for version in ("1.9.0", "1.10.0", "1.10.0-rc1"):
        write_model_folder(home / f"small-{version}", version=version)
    assert find_model("small").manifest.version == "1.10.0"
    assert find_model("small@1.9.0").manifest.version == "1.9.0"


def test_a_users_own_model_goes_before_a_bundled_one_of_the_same_name(home: Path, write_model_folder: Write) -> None:
    folder = write_model_folder(home / "mine", name="idc-screen", version="0.0.1")
    assert find_model("idc-screen").folder == folder


def test_changed_weights_are_refused_naming_the_file_and_the_remedy(home: Path, write_model_folder: Write) -> None:
    folder = write_model_folder(home / "small")
    (folder / "model.fp32.onnx").write_bytes(b"other weights")
    with pytest.raises(WeightsError) as caught:
        find_model("small").weights()
    assert str(folder / "model.fp32.onnx") in str(caught.value)
    assert "Import the model again" in str(caught.value)
    assert isinstance(caught.value, ModelError)


def test_missing_weights_are_refused_naming_the_file(home: Path, write_model_folder: Write) -> None:
    folder = write_model_folder(home / "small")
    (folder / "model.fp32.onnx").unlink()
    with pytest.raises(WeightsError, match=r"model\.fp32\.onnx.*No such file.*Import the model again"):
        find_model("small").weights()


def test_a_kind_that_the_model_lacks_is_refused_naming_those_it_has(home: Path, write_model_folder: Write) -> None:
    write_model_folder(home / "small")
    with pytest.raises(WeightsError, match="no torch weights, only onnx-fp32"):
        find_model("small").weights("torch")


def test_an_unknown_name_lists_the_known_ones(home: Path, write_model_folder: Write) -> None:
    write_model_folder(home / "small")
    with pytest.raises(UnknownModelError, match=r"'smal'.*idc-screen, small"):
        find_model("smal")


def test_one_broken_manifest_hides_no_other_model(home: Path, write_model_folder: Write) -> None:
    write_model_folder(home / "small")
    broken = write_model_folder(home / "broken", name="broken")
    (broken / "manifest.json").write_text("{")
    assert "small" in [model.manifest.name for model in list_models()]
    with pytest.raises(ManifestError, match=r"broken/manifest\.json"):
        find_model("broken")


def test_the_users_folder_follows_the_setting(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert user_folder() == home
    monkeypatch.delenv("FORRANG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_folder() == tmp_path / ".forrang" / "models"
