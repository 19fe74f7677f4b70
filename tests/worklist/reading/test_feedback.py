"""Readers' verdicts as a training set: no patient in two splits, ever."""

import hashlib
import hmac
from collections import Counter, defaultdict
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cases import case, scored
from tests.support.departments import ANNA, BO, RIE
from tests.support.people import SYSTEM
from tests.support.slides import make_slide
from tests.support.tiny_model import make_tiny_model
from training.data.splits import patients_in_several_splits
from training.data.tile_set import read_tiles
from worklist.errors import NotAllowedError, SiteKeyError
from worklist.reading.feedback import Judged, collect_feedback, label_slides, split_of
from worklist.reading.feedback_files import write_feedback
from worklist.reading.regions import checked_regions
from worklist.reading.verdict import give_verdict
from worklist.store.tables import CaseRow

ONE = Judged("26-1", "p1", "a.svs", None, "HER", "gt450", "HE", 0.9, True, "m@1", 1, "anna", "positive", None)


def keyed(purpose, text):
    return hmac.new(b"key", f"{purpose} {text}".encode(), hashlib.sha256).hexdigest()


def labelled(judged, files=None):
    files = files or {}
    owners = defaultdict(set)
    for it in judged:
        owners[it.sha256 or files.get(it.path, it.path)].add(it.patient_key)
    return label_slides(judged, files, owners, keyed)


judgements = st.builds(
    Judged,
    case=st.sampled_from("abcd"),
    patient_key=st.sampled_from([None, "p1", "p2", "p3", "p4", "p5"]),
    path=st.sampled_from(["1.svs", "2.svs", "3.svs", "4.svs", "5.svs"]),
    sha256=st.sampled_from([None, "s1", "s2", "s3"]),
    site=st.just("HER"),
    scanner=st.just(""),
    stain=st.just(""),
    ai_score=st.none(),
    ai_flagged=st.none(),
    model=st.none(),
    order=st.integers(0, 1000),
    by=st.sampled_from(["anna", "bo"]),
    verdict=st.sampled_from(["positive", "positive", "negative", "uncertain"]),
    regions=st.none(),
)


@settings(max_examples=60)
@given(st.lists(judgements, max_size=30, unique_by=lambda it: it.order))
def test_no_patient_is_in_two_splits_and_no_file_is_there_twice(judged):
    found = labelled(judged)
    rows = found.slides
    assert patients_in_several_splits([it.patient for it in rows], [it.split for it in rows]) == []
    assert len({it.slide for it in rows}) == len(rows)
    assert all(it.split == split_of(keyed("split", patient)) for it, patient in _patients(judged, rows))


def _patients(judged, rows):
    names = {keyed("training", f"patient {it.patient_key}")[:16]: it.patient_key for it in judged}
    return [(it, names[it.patient]) for it in rows]


@settings(max_examples=40)
@given(st.lists(judgements, min_size=1, max_size=20, unique_by=lambda it: it.order), st.data())
def test_a_patients_split_stays_whoever_else_comes_or_goes(judged, data):
    fewer = data.draw(st.lists(st.sampled_from(judged), unique=True))
    all_of = {it.patient: it.split for it in labelled(judged).slides}
    some = {it.patient: it.split for it in labelled(fewer).slides}
    assert all(all_of[patient] == split for patient, split in some.items() if patient in all_of)


def test_patients_fall_into_the_splits_in_their_shares():
    counts = Counter(split_of(keyed("split", str(number))) for number in range(20_000))
    shares = [counts[name] / 20_000 for name in ("train", "val", "test")]
    assert shares == pytest.approx([0.7, 0.15, 0.15], abs=0.01)


def test_what_cannot_be_trusted_is_left_out_and_counted():
    judged = [
        ONE,
        replace(ONE, path="b.svs", order=2, verdict="uncertain"),
        replace(ONE, path="c.svs", order=3),
        replace(ONE, path="c.svs", order=4, by="bo", verdict="negative"),
        replace(ONE, path="d.svs", order=5, patient_key=None),
        replace(ONE, path="e.svs", order=6, sha256="same"),
        replace(ONE, path="f.svs", order=7, sha256="same", patient_key="p2", case="26-2"),
    ]
    found = labelled(judged)
    assert [it.label for it in found.slides] == [1]
    assert found.left_out == {
        "a reader was uncertain, or could not assess it": 1,
        "readers differ": 1,
        "its patient is not known: the order told no patient's number": 1,
        "its file stands in cases of several patients": 1,
    }


def test_the_later_verdict_of_a_reader_counts_under_either_name_of_the_file():
    judged = [replace(ONE, sha256="same"), replace(ONE, path="copy.svs", sha256="same", order=2, verdict="negative")]
    (only,) = labelled(judged).slides
    assert (only.label, only.readers) == (0, 1)


def square(x, y, side, name):
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "geometry": geometry, "properties": {"classification": {"name": name}}}


@pytest.fixture
def judged_department(department, tmp_path):
    """A real slide of one patient with regions, and one of another patient whose file has gone."""
    path = make_slide(tmp_path / "slides" / "real.tif")
    department.add_cases([case("26-3", str(path)), case("26-4", "/gone/d.svs")], SYSTEM)
    with department.writing() as session:
        for row in session.query(CaseRow):
            row.patient_key = {"26-1": None}.get(row.accession_number, f"{row.accession_number:0>64}")
    department.record_result(scored(str(path), 0.8), SYSTEM)
    regions = checked_regions([square(256, 128, 256, "positive"), square(600, 300, 200, "negative")])
    give_verdict(department, ANNA, "26-3", "real.tif", "positive", regions=regions)
    give_verdict(department, BO, "26-4", "d.svs", "negative", regions=regions)
    give_verdict(department, BO, "26-1", "a.svs", "negative")
    return department


def test_the_files_are_what_training_takes(judged_department, tmp_path):
    manifest = make_tiny_model(tmp_path / "model").manifest
    feedback = collect_feedback(judged_department, RIE, tmp_path)
    written = write_feedback(feedback, tmp_path / "out" / "feedback.parquet", manifest)
    slides = pq.read_table(written.slides).to_pylist()
    assert sorted(it["label"] for it in slides) == [0, 1]
    assert feedback.left_out == {"its patient is not known: the order told no patient's number": 1}
    assert not {"26-3", "real.tif", f"{'26-3':0>64}"} & {str(value) for it in slides for value in it.values()}
    # the tiles are 64 um, 128 px of the slide: those wholly in the regions, and those half in
    table = pq.read_table(written.tiles)
    split = table["split"][0].as_py()
    tiles = read_tiles(written.tiles, (split,), manifest.tile_px)[split]
    assert len(tiles) == written.labelled_tiles > 0
    assert tiles.tiles.shape[1:] == (32, 32, 3)
    assert Counter(tiles.labels.tolist())[1] == 4
    assert Counter(tiles.labels.tolist())[0] > 0
    assert set(tiles.slides) == {table["slide"][0].as_py()}
    assert set(tiles.mpp) == {manifest.mpp}
    assert (table["x"][0].as_py(), table["y"][0].as_py()) == (256, 128)
    (unread,) = written.unread
    assert "d.svs" not in unread
    assert [it.name for it in (tmp_path / "out").iterdir() if it.name.endswith(".part")] == []


def test_the_same_export_again_is_the_same(judged_department, tmp_path):
    first, again = (collect_feedback(judged_department, RIE, tmp_path) for _ in range(2))
    assert first == again


def test_another_sites_key_is_refused_for_it_would_mix_the_splits(judged_department, tmp_path):
    collect_feedback(judged_department, RIE, tmp_path)
    with pytest.raises(SiteKeyError):
        collect_feedback(judged_department, RIE, tmp_path / "elsewhere")


def test_only_who_may_export_does(judged_department, tmp_path):
    with pytest.raises(NotAllowedError):
        collect_feedback(judged_department, ANNA, tmp_path)
