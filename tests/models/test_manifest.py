"""A manifest says everything about a model, survives being written and read, and names the field that is wrong."""

import json
from pathlib import Path

import pytest

from models.errors import ManifestError
from models.manifest import Manifest, read_manifest, write_manifest


def test_a_manifest_that_is_written_and_read_again_is_the_same(
    manifest_values: dict[str, object], tmp_path: Path
) -> None:
    manifest = Manifest.model_validate(manifest_values)
    write_manifest(manifest, tmp_path / "manifest.json")
    assert read_manifest(tmp_path / "manifest.json") == manifest
    assert manifest.label == "small@1.2.0"
    assert manifest.tile_area_mm2 == pytest.approx(0.064**2)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("mpp", 400, "mpp"),
        ("tile_px", "many", "tile_px"),
        ("std", [128, 0, 128], "std"),
        ("positive", "something else", "positive"),
        ("default_kind", "onnx-int8", "default_kind"),
        ("threshold", {"value": 1.5, "chosen": "x"}, "threshold.value"),
        ("calibration", {"slope": -1, "intercept": 0}, "calibration.platt.slope"),
        ("slide_rule", {"name": "magic"}, "slide_rule.name"),
        ("files", {"onnx-fp32": {"path": "../../etc/passwd", "sha256": "0" * 64}}, "files.onnx-fp32.path"),
        ("files", {"onnx-fp32": {"path": "a.onnx", "sha256": "short"}}, "files.onnx-fp32.sha256"),
        ("colour", "blue", "colour"),
        ("name", "../up", "name"),
    ],
)
def test_a_wrong_field_is_named_with_its_file(
    field: str, value: object, named: str, manifest_values: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest_values | {field: value}))
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert str(path) in str(caught.value)
    assert named in str(caught.value)


def test_a_missing_field_is_named(manifest_values: dict[str, object], tmp_path: Path) -> None:
    del manifest_values["licence"]
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest_values))
    with pytest.raises(ManifestError, match="licence: Field required"):
        read_manifest(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"])
def test_a_file_that_is_no_manifest_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    with pytest.raises(ManifestError, match=r"manifest\.json"):
        read_manifest(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="No such file"):
        read_manifest(tmp_path / "manifest.json")


def test_a_manifest_cannot_be_changed_after_it_was_read(manifest_values: dict[str, object]) -> None:
    manifest = Manifest.model_validate(manifest_values)
    with pytest.raises(ValueError, match="frozen"):
        manifest.version = "2"  # type: ignore[misc]
