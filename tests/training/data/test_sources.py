"""Tables of images, folders by class and slides that were drawn on become tiles of the one form, or say why not."""

import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from PIL import Image
from shapely.geometry import mapping

from tests.support.slides import make_slide
from tests.training.conftest import TILE_PX, draw_tile, png_of, tile_rows, write_rows
from training.data.images import Size, decode
from training.data.qupath import read_outlines
from training.data.read_source import read_tile_source
from training.data.reading import Reading
from training.data.slide_table import read_slide_table
from training.data.splits import SHARES
from training.data.tile import Classes, LeftOut, PatientPattern, Tile
from training.data.tile_file import write_tiles
from training.data.tile_set import read_tiles
from training.errors import TileSetError

TUMOUR = Classes(frozenset({"Tumor"}), frozenset({"Stroma"}))
BY_NAME = PatientPattern.of(r"^[a-z]+\d+")


def jpeg_of(label: int, seed: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.tile(draw_tile(label, np.random.default_rng(seed)), (2, 3, 1))).save(file, "JPEG")
    return file.getvalue()


def told_by(found: list[Tile | LeftOut]) -> tuple[list[Tile], list[LeftOut]]:
    return [it for it in found if isinstance(it, Tile)], [it for it in found if isinstance(it, LeftOut)]


@pytest.fixture
def other_table(tmp_path: Path) -> Path:
    """Fields of 48 x 32 px under other names, as BreaKHis has them; the last three rows are of no use."""
    rows: dict[str, list[object]] = {"file": [], "case": [], "kind": [], "jpeg": []}
    for number in range(24):
        label = number // 2 % 2
        rows["file"].append(f"f{number}.png")
        rows["case"].append(f"14-{number // 2}AB")
        rows["kind"].append("malignant" if label else "benign")
        rows["jpeg"].append(jpeg_of(label, number))
    rows["kind"][21], rows["case"][22], rows["jpeg"][23] = None, "", b"rubbish"
    return write_rows(rows, tmp_path / "other.parquet")


COLUMNS = {"png": "jpeg", "patient": "case", "label": "kind", "slide": "file"}


def test_a_table_with_other_columns_is_cut_into_tiles_and_split_by_patient(other_table: Path, tmp_path: Path) -> None:
    reading = Reading(
        Size(TILE_PX, source_mpp=0.5, fit="cut"),
        Classes(frozenset({"malignant"})),
        PatientPattern.of(r"-(\d+)"),
        COLUMNS,
    )
    written = write_tiles(read_tile_source(other_table, reading), tmp_path / "out.parquet", SHARES, 0)
    assert sum(written.tiles.values()) == 21 * 6
    assert sum(written.patients.values()) == 11
    assert dict(written.left_out) == {
        "it has no label": 1,
        "its patient is not known": 1,
        "it is not an image": 1,
    }
    assert written.examples["it is not an image"] == ("other.parquet: row 23",)
    data = read_tiles(written.path, ("train", "val", "test"), TILE_PX)
    train = data["train"]
    assert train.tiles.shape[1:] == (TILE_PX, TILE_PX, 3)
    assert train.mpp is not None
    assert set(train.mpp) == {0.5}
    assert train.slides is not None
    assert train.sites is None
    assert {name.isdigit() for name in train.patients} == {True}
    assert (train.tiles.mean(axis=(1, 2, 3))[train.labels == 1] < 150).all()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_file_of_the_one_form_comes_back_as_it_is(tile_file: Path, tmp_path: Path) -> None:
    written = write_tiles(read_tile_source(tile_file, Reading()), tmp_path / "out.parquet", SHARES, 0)
    assert written.given
    before, after = pq.read_table(tile_file), pq.read_table(written.path)
    assert after.select(before.column_names).to_pylist() == before.to_pylist()


def test_given_splits_are_verified_and_must_be_whole(tmp_path: Path) -> None:
    rows = tile_rows()
    rows["patient"][-1] = "train-0"
    path = write_rows(rows, tmp_path / "a.parquet")
    with pytest.raises(TileSetError, match="patient train-0"):
        write_tiles(read_tile_source(path, Reading()), tmp_path / "out.parquet", SHARES, 0)
    rows = tile_rows()
    rows["split"][3] = None
    path = write_rows(rows, tmp_path / "b.parquet")
    with pytest.raises(TileSetError, match="the split of 167 tiles and not of 1"):
        write_tiles(read_tile_source(path, Reading()), tmp_path / "out.parquet", SHARES, 0)
    assert not (tmp_path / "out.parquet").exists()


def test_an_unknown_or_missing_column_and_a_source_that_is_none_are_named(other_table: Path, tmp_path: Path) -> None:
    with pytest.raises(TileSetError, match=r"no column 'png' for 'png'; it has file, case, kind, jpeg.*--column png="):
        list(read_tile_source(other_table, Reading()))
    with pytest.raises(TileSetError, match="--column colour: a tile file has png, patient"):
        list(read_tile_source(other_table, Reading(columns={"colour": "kind"})))
    with pytest.raises(TileSetError, match="no such file or folder"):
        read_tile_source(tmp_path / "gone", Reading())
    (tmp_path / "empty").mkdir()
    with pytest.raises(TileSetError, match="holds no images in folders by class"):
        read_tile_source(tmp_path / "empty", Reading())
    path = write_rows({"png": [b""], "patient": ["a"], "label": [1]}, tmp_path / "c.parquet")
    with pytest.raises(TileSetError, match="no tile was found: it is not an image"):
        write_tiles(read_tile_source(path, Reading()), tmp_path / "out.parquet", SHARES, 0)


def test_a_table_that_is_damaged_within_is_told_and_leaves_nothing_behind(tile_file: Path, tmp_path: Path) -> None:
    data = bytearray(tile_file.read_bytes())
    data[1000 : len(data) // 2] = bytes(len(data) // 2 - 1000)
    (tmp_path / "bad.parquet").write_bytes(data)
    with pytest.raises(TileSetError, match=r"bad\.parquet"):
        write_tiles(read_tile_source(tmp_path / "bad.parquet", Reading()), tmp_path / "out.parquet", SHARES, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.parquet"]


def test_a_place_that_cannot_be_written_to_is_named(tile_file: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TileSetError, match=r"cannot be written .*Choose another place for --out"):
        write_tiles(read_tile_source(tile_file, Reading()), tmp_path / "file" / "out.parquet", SHARES, 0)


def image_at(path: Path, label: int, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png_of(draw_tile(label, np.random.default_rng(seed))))


def test_folders_by_class_give_class_patient_and_split(tmp_path: Path) -> None:
    for seed, way in enumerate(("train/tumour/p1/a.png", "train/benign/p1/b.png", "test/benign/p2/c.png")):
        image_at(tmp_path / "set" / way, int("tumour" in way), seed)
    image_at(tmp_path / "set" / "loose.png", 0, 9)
    tiles, out = told_by(list(read_tile_source(tmp_path / "set", Reading(classes=Classes(frozenset({"tumour"}))))))
    assert [(it.split, it.label, it.patient) for it in tiles] == [
        ("test", 0, "p2"),
        ("train", 0, "p1"),
        ("train", 1, "p1"),
    ]
    assert [(it.name, it.reason) for it in out] == [("loose.png", "it lies in no folder that names a class")]


def test_a_patient_is_found_in_the_path_by_a_pattern_wherever_the_class_stands(tmp_path: Path) -> None:
    image_at(tmp_path / "10253" / "0" / "10253_idx5_x1001_y751_class0.png", 0, 0)
    image_at(tmp_path / "10253" / "1" / "10253_idx5_x1051_y751_class1.png", 1, 1)
    tiles, _ = told_by(list(read_tile_source(tmp_path, Reading(patient_of=PatientPattern.of(r"^(\d+)/")))))
    assert [(it.patient, it.label) for it in tiles] == [("10253", 0), ("10253", 1)]
    image_at(tmp_path / "flat" / "0" / "x.png", 0, 0)
    with pytest.raises(TileSetError, match=r"0/x\.png: nothing says who the patient is"):
        list(read_tile_source(tmp_path / "flat", Reading()))
    with pytest.raises(TileSetError, match="no regular expression"):
        PatientPattern.of("(")


def draw_regions(path: Path, **boxes: tuple[int, int, int, int]) -> None:
    features = [
        {
            "type": "Feature",
            "geometry": mapping(shapely.box(*box)),
            "properties": {"objectType": "annotation", "classification": {"name": name}},
        }
        for name, box in boxes.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


SIZE = Size(64, 1.0)


def test_slides_are_cut_under_qupaths_regions_at_the_models_size(tmp_path: Path) -> None:
    make_slide(tmp_path / "ann1.tif")
    draw_regions(tmp_path / "ann1.geojson", Tumor=(256, 128, 512, 384), Stroma=(512, 384, 768, 640))
    make_slide(tmp_path / "bob2.tif", seed=2)
    make_slide(tmp_path / "cat3.tif", mpp=None, seed=3)
    draw_regions(tmp_path / "cat3.geojson", Tumor=(256, 128, 512, 384))
    found = list(read_tile_source(tmp_path, Reading(SIZE, TUMOUR, BY_NAME)))
    tiles, out = told_by(found)
    assert {(it.x, it.y) for it in tiles if it.label} == {(256, 128), (384, 128), (256, 256), (384, 256)}
    assert sum(1 - it.label for it in tiles) == 4
    assert {(it.patient, it.slide, it.mpp) for it in tiles} == {("ann1", "ann1", 1.0)}
    assert decode(tiles[0].png, "it").shape == (64, 64, 3)
    assert {it.name: it.reason.split(":")[0] for it in out} == {
        "bob2.tif": "nothing was drawn on it",
        "cat3.tif": "cat3.tif",
    }
    rest, _ = told_by(list(read_tile_source(tmp_path, Reading(SIZE, TUMOUR, BY_NAME, rest_negative=True))))
    assert sum(it.label == 0 for it in rest) > 8
    with pytest.raises(TileSetError, match="give --tile-px and --mpp"):
        list(read_tile_source(tmp_path, Reading(classes=TUMOUR, patient_of=BY_NAME)))
    with pytest.raises(TileSetError, match="nothing says whose the slides are"):
        read_tile_source(tmp_path, Reading(SIZE, TUMOUR))


def test_a_table_of_slides_says_what_is_known_of_each(tmp_path: Path) -> None:
    make_slide(tmp_path / "s" / "a.tif", mpp=None)
    draw_regions(tmp_path / "s" / "a.geojson", Tumor=(256, 128, 512, 384))
    table = tmp_path / "slides.csv"
    table.write_text(
        "\ufeffslide;patient;label;split;site;scanner;mpp\ns/a.tif;p1;Tumor;train;Herlev;gt450;0,5\n"
        "s/b.tif;p2;Stroma;test;;;\n"
    )
    first, second = read_slide_table(table, TUMOUR, PatientPattern())
    assert (first.slide, first.label, first.mpp) == (tmp_path / "s" / "a.tif", 1, 0.5)
    assert first.annotations == tmp_path / "s" / "a.geojson"
    assert (second.label, second.site, second.mpp, second.annotations) == (0, "", None, None)
    tiles, out = told_by(list(read_tile_source(table, Reading(SIZE, TUMOUR))))
    assert {(it.split, it.site, it.scanner, it.label) for it in tiles} == {("train", "Herlev", "gt450", 1)}
    assert [it.name for it in out] == ["b.tif"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slide,label\na.tif,1\n", "column 'patient' is missing"),
        ("slide,patient\n", "no slide in it"),
        ("slide,patient\na.tif,\n", "line 2: the patient of a.tif is not known"),
        ("slide,patient\n,p\n", "line 2: column 'slide' says nothing"),
        ("slide,patient,label\na.tif,p,maybe\n", "line 2: column 'label' holds 'maybe'"),
        ("slide,patient,mpp\na.tif,p,fine\n", "line 2: column 'mpp' holds 'fine'"),
        ("slide,patient\na.tif,p\na.tif,q\n", "line 3: slide a.tif stands in line 2 too"),
        ("slide,patient,split\na.tif,p,train\nb.tif,p,test\n", "patient p .* more than one split"),
    ],
)
def test_a_wrong_line_of_a_table_of_slides_is_named(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(TileSetError, match=message):
        read_slide_table(tmp_path / "t.csv", Classes(), PatientPattern())


def test_regions_of_other_classes_and_ignored_ones_teach_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    draw_regions(path, Tumor=(0, 0, 10, 10), Necrosis=(20, 0, 30, 10), **{"Ignore*": (40, 0, 50, 10)})
    outlines = read_outlines(path, TUMOUR)
    assert outlines.positive.area == 100
    assert outlines.negative.is_empty
    assert outlines.ignore.area == 200
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [10, 10], [10, 0], [0, 10], [0, 0]]]}
    path.write_text(json.dumps([{"type": "Feature", "geometry": bow, "properties": {"classification": "Tumor"}}]))
    assert read_outlines(path, TUMOUR).positive.area == 50


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no GeoJSON"),
        ("3", "holds no GeoJSON features"),
        ("[]", "no region with an area"),
        (
            '[{"geometry": {"type": "Polygon", "coordinates": [[["a", 1]]]}}]',
            "region 1: its coordinates are no polygon",
        ),
    ],
)
def test_what_is_no_drawing_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text(text)
    with pytest.raises(TileSetError, match=message):
        read_outlines(tmp_path / "a.geojson", TUMOUR)
    draw_regions(tmp_path / "b.geojson", Necrosis=(0, 0, 9, 9))
    with pytest.raises(TileSetError, match="its classes are Necrosis"):
        read_outlines(tmp_path / "b.geojson", TUMOUR)


def test_a_real_slide_gives_back_the_labels_of_its_truth(data_dir: Path, tmp_path: Path) -> None:
    truth = np.asarray(Image.open(data_dir / "slides" / "idc_14306_truth.png"))
    joined = {
        name: shapely.union_all(shapely.box(xs * 50, ys * 50, xs * 50 + 50, ys * 50 + 50))
        for name, (ys, xs) in (("Tumor", np.nonzero(truth == 200)), ("Stroma", np.nonzero(truth == 100)))
    }
    features = [
        {"type": "Feature", "geometry": mapping(it), "properties": {"classification": {"name": name}}}
        for name, it in joined.items()
    ]
    (tmp_path / "drawn.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    slide = data_dir / "slides" / "idc_14306.tif"
    (tmp_path / "s.csv").write_text(f"slide,patient,mpp,annotations\n{slide},14306,4,drawn.geojson\n")
    tiles, out = told_by(list(read_tile_source(tmp_path / "s.csv", Reading(Size(50, 4.0), TUMOUR))))
    assert out == []
    assert len(tiles) == (truth > 0).sum() == 431
    assert all(truth[int(it.y or 0) // 50, int(it.x or 0) // 50] == (200 if it.label else 100) for it in tiles)


def test_breakhis_becomes_the_one_form(data_dir: Path) -> None:
    path = data_dir / "breakhis" / "images.parquet"
    reading = Reading(Size(112, source_mpp=0.4, fit="cut"), columns={"png": "jpeg", "slide": "file"})
    tiles, out = told_by([one for one, _ in zip(read_tile_source(path, reading), range(12), strict=False)])
    assert (len(tiles), out) == (12, [])
    assert {(it.patient, it.label, it.mpp) for it in tiles} == {("22549AB", 0, 0.4)}
    assert {(it.x, it.y) for it in tiles[:6]} == {(x, y) for x in (7, 119, 231) for y in (3, 115)}
    assert pa.types.is_binary(pq.read_schema(path).field("jpeg").type)
