"""A model goes out and comes in as one file; what was changed, climbs, links, unpacks or pickles is refused."""

import json
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.archive import ArchiveError, pack, unpack
from models.errors import ManifestError, WeightsError
from models.in_use import Hand, read_history
from models.registry import Model, find_model, load_model, sha256_of
from models.shelf import CARD_PAGE_NAME, take_in
from tests.support.tiny_model import make_tiny_model

HAND = Hand("ada", datetime(2026, 11, 22, tzinfo=UTC), "a test")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "models"


@pytest.fixture
def model(tmp_path: Path) -> Model:
    made = make_tiny_model(tmp_path / "made")
    (made.folder / CARD_PAGE_NAME).write_text("<script>alert(1)</script>")
    return made


Members = list[tuple[zipfile.ZipInfo, bytes]]


@pytest.fixture
def changed(tmp_path: Path, model: Model) -> Callable[[Callable[[Members], Members]], Path]:
    """An archive whose members were changed in some way."""

    def make(change: Callable[[Members], Members]) -> Path:
        pack(model, tmp_path / "whole.zip")
        with zipfile.ZipFile(tmp_path / "whole.zip") as whole:
            members = [(info, whole.read(info)) for info in whole.infolist()]
        path = tmp_path / "changed.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for info, content in change(members):
                archive.writestr(info, content)
        return path

    return make


def test_an_archive_brings_the_model_to_another_home_without_its_pages(
    home: Path, model: Model, tmp_path: Path
) -> None:
    told = pack(model, tmp_path / "tiny.zip")
    assert told == sha256_of(tmp_path / "tiny.zip")
    taken = unpack(tmp_path / "tiny.zip", HAND, told.upper())
    assert taken.folder == home / "tiny-dark@1.0.0"
    assert taken.manifest == model.manifest
    assert taken.weights_sha256() == sha256_of(taken.weights())
    assert sorted(path.name for path in taken.folder.iterdir()) == ["manifest.json", "model.onnx"]
    assert [(one.act, one.by, one.why) for one in read_history(home)] == [("imported", "ada", "a test")]


def test_the_same_model_gives_the_same_bytes(model: Model, tmp_path: Path) -> None:
    assert pack(model, tmp_path / "a.zip") == pack(model, tmp_path / "b.zip")


def test_an_archive_of_another_hash_than_told_is_refused(home: Path, model: Model, tmp_path: Path) -> None:
    pack(model, tmp_path / "tiny.zip")
    with pytest.raises(ArchiveError, match="its SHA-256 is"):
        unpack(tmp_path / "tiny.zip", HAND, "0" * 64)
    assert not home.exists()


def test_weights_that_were_changed_are_not_packed(model: Model, tmp_path: Path) -> None:
    (model.folder / "model.onnx").write_bytes(b"other")
    with pytest.raises(WeightsError):
        pack(model, tmp_path / "tiny.zip")
    assert not (tmp_path / "tiny.zip").exists()


def with_member(name: str, content: bytes = b"{}", mode: int = stat.S_IFREG | 0o644) -> Callable[[Members], Members]:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return lambda members: [*members, (info, content)]


def reworded(members: Members) -> Members:
    return [(i, c.replace(b'"dark"', b'"DARK"') if i.filename == "manifest.json" else c) for i, c in members]


def other_format(members: Members) -> Members:
    return [(i, c.replace(b"forrang-model/1", b"forrang-model/9")) for i, c in members]


def compressed(members: Members) -> Members:
    for info, _ in members[1:]:
        info.compress_type = zipfile.ZIP_DEFLATED
    return [*members[:1], *[(info, content + b"\0" * 10_000_000) for info, content in members[1:]]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (reworded, "'manifest.json' has another SHA-256"),
        (other_format, "of the format"),
        (compressed, "is compressed"),
        (lambda members: members[1:], "has no archive.json"),
        (lambda members: members[:-1], "are not those that archive.json lists"),
        (with_member("extra.json"), "are not those that archive.json lists"),
        (with_member("../climbing.json"), "is a path"),
        (with_member("/etc/absolute.json"), "is a path"),
        (with_member("folder/inside.json"), "is a path"),
        (with_member("..\\windows.json"), "is a path"),
        (with_member("C:drive.json"), "is a path"),
        (with_member(".hidden.json"), "is a path"),
        (with_member("link.onnx", b"/etc/passwd", stat.S_IFLNK | 0o777), "is a link"),
        (with_member("weights.pt"), "can be a pickle"),
        (with_member("weights.PKL"), "can be a pickle"),
        (with_member("pytorch_model.bin"), "can be a pickle"),
        (with_member("run.py"), "of no kind that a model is made of"),
    ],
)
def test_an_archive_that_export_did_not_write_is_refused_and_leaves_nothing(
    home: Path, changed: Callable[..., Path], change: Callable[[Members], Members], said: str
) -> None:
    path = changed(change)
    with pytest.raises(ArchiveError, match=said) as caught:
        unpack(path, HAND)
    assert str(path) in str(caught.value)
    assert not home.exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(home: Path, changed: Callable[..., Path]) -> None:
    with pytest.raises(ArchiveError, match="twice"):
        unpack(changed(lambda members: [*members, members[1]]), HAND)


def test_members_that_overlap_so_that_little_unpacks_to_much_are_refused(
    home: Path, model: Model, tmp_path: Path
) -> None:
    pack(model, tmp_path / "whole.zip")
    data = bytearray((tmp_path / "whole.zip").read_bytes())
    at = data.rfind(b"PK\x01\x02")
    lied = len(data) * 100
    data[at + 20 : at + 24] = data[at + 24 : at + 28] = lied.to_bytes(4, "little")
    (tmp_path / "bomb.zip").write_bytes(data)
    with pytest.raises(ArchiveError):
        unpack(tmp_path / "bomb.zip", HAND)
    assert not home.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x80\x04pickle"])
def test_a_file_that_is_no_archive_is_refused(home: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.zip").write_bytes(content)
    with pytest.raises(ArchiveError, match=r"odd\.zip"):
        unpack(tmp_path / "odd.zip", HAND)
    with pytest.raises(ArchiveError, match="cannot be read"):
        unpack(tmp_path / "absent.zip", HAND)


def test_an_archive_whose_list_was_made_to_fit_changed_weights_is_refused_by_the_manifest(
    home: Path, changed: Callable[..., Path]
) -> None:
    def forged(members: Members) -> Members:
        import hashlib

        other = b"other weights"
        listed = json.loads(members[0][1])
        listed["sha256"]["model.onnx"] = hashlib.sha256(other).hexdigest()
        contents = {"archive.json": json.dumps(listed).encode(), "model.onnx": other}
        return [(info, contents.get(info.filename, content)) for info, content in members]

    with pytest.raises(WeightsError, match="is not the one"):
        unpack(changed(forged), HAND)
    assert not any(home.glob("*@*"))


def test_another_model_of_the_same_name_and_version_is_refused(home: Path, model: Model, tmp_path: Path) -> None:
    take_in(model.folder, HAND)
    other = make_tiny_model(tmp_path / "other", mpp=3.0)
    with pytest.raises(ManifestError, match="give this one another version"):
        take_in(other.folder, HAND)
    assert find_model("tiny-dark").manifest.mpp == 2.0


def test_importing_again_mends_weights_that_were_damaged(home: Path, model: Model, tmp_path: Path) -> None:
    shelved = take_in(model.folder, HAND)
    (shelved.folder / "model.onnx").write_bytes(b"damaged")
    again = take_in(model.folder, HAND)
    assert again.weights().is_file()
    assert [path.name for path in home.iterdir() if path.is_dir()] == ["tiny-dark@1.0.0"]
    assert len(read_history(home)) == 1


def test_a_newer_version_that_comes_in_does_not_take_over(home: Path, model: Model, tmp_path: Path) -> None:
    take_in(model.folder, HAND)
    take_in(make_tiny_model(tmp_path / "newer", version="2.0.0").folder, HAND)
    assert find_model("tiny-dark").manifest.version == "1.0.0"
    assert [one.act for one in read_history(home)] == ["imported", "found", "imported"]


def test_a_bundled_model_that_a_newer_one_joins_is_kept_on_the_shelf(
    home: Path, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.registry.BUNDLED", model.folder.parent)
    (tmp_path / "elsewhere").mkdir()
    newer = make_tiny_model(tmp_path / "elsewhere" / "newer", version="2.0.0")
    take_in(newer.folder, HAND)
    monkeypatch.setattr("models.registry.BUNDLED", tmp_path / "the next Forrang")
    assert find_model("tiny-dark").folder == home / "tiny-dark@1.0.0"


def test_weights_that_hold_others_outside_their_file_are_refused(home: Path, model: Model, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    (tmp_path / "outside.bin").write_bytes(bytes(4))
    proto = onnx.load(model.folder / "model.onnx")
    for value in proto.graph.initializer:
        if value.name == "per_level":
            onnx.external_data_helper.set_external_data(value, location="../outside.bin", offset=0, length=4)
            value.ClearField("raw_data")
    (model.folder / "model.onnx").write_bytes(proto.SerializeToString())
    values = json.loads((model.folder / "manifest.json").read_text())
    values["files"]["onnx-fp32"]["sha256"] = sha256_of(model.folder / "model.onnx")
    (model.folder / "manifest.json").write_text(json.dumps(values))
    with pytest.raises(WeightsError, match="cannot"):
        take_in(load_model(model.folder).folder, HAND)
    assert not any(home.glob("*@*"))
