"""The pathways file: what comes with Forrang holds together, and a user's mistakes are named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from worklist.errors import CalendarError, PathwayError, UnknownPathwayError
from worklist.pathways import load_pathways

SHIPPED = Path(__file__).parents[2] / "worklist" / "data" / "pathways.yaml"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("pathway", "kind", "days", "mark"),
    [
        ("breast", "cytology", 2, "P"),
        ("breast", "biopsy", 4, "P"),
        ("lung", "resection", 7, "P"),
        ("lung", "tissue", 5, "P"),
        ("head-and-neck", "cytology", 4, "P"),
        ("head-and-neck", "biopsy", 4, "P"),
        ("routine", "biopsy", 10, "A"),
    ],
)
def test_the_shipped_targets_are_the_published_ones(pathway: str, kind: str, days: int, mark: str) -> None:
    target = load_pathways().target(pathway, kind)  # type: ignore[arg-type]
    assert (target.working_days, target.mark) == (days, mark)


def test_a_pathway_is_found_by_key_danish_or_english_name_in_any_letters() -> None:
    table = load_pathways()
    for name in ("breast", "Kræftpakke Bryst", " BREAST  cancer "):
        assert table.find(name) == "breast"
    assert table.find("head_and_neck") == table.find("kræftpakke hoved-hals") == "head-and-neck"


def test_an_unknown_pathway_names_the_nearest_and_all_known_ones() -> None:
    with pytest.raises(UnknownPathwayError, match=r"'kræftpakke brist'; did you mean 'breast'\?.*colorectal"):
        load_pathways().find("kræftpakke brist")
    with pytest.raises(UnknownPathwayError, match=r"unknown pathway ''; known are: acute"):
        load_pathways().find("")


def test_a_deadline_follows_pathway_and_kind() -> None:
    received = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
    due = load_pathways().deadline("breast", "biopsy", received)
    assert due == datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def test_the_users_own_file_stands_in_place_of_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = changed(tmp_path, "biopsy: {working_days: 4,", "biopsy: {working_days: 3,")
    monkeypatch.setenv("FORRANG_PATHWAYS", str(path))
    assert load_pathways().target("breast", "biopsy").working_days == 3


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("{working_days: 2, mark: P, source: dps}", "{working_days: 0, mark: P, source: dps}", "usual.cytology"),
        ("{working_days: 2, mark: P, source: dps}", "{working_days: 2, mark: X, source: dps}", "mark"),
        ("{working_days: 2, mark: P, source: dps}", "{working_days: 2, mark: P, source: me}", "source 'me'"),
        ("english: lung cancer, urgency: 2", "english: lung cancer, urgency: 5", "lung: urgency 5"),
        ("english: lung cancer", "english: liver cancer", "both called 'liver cancer'"),
        ("english: lung cancer", "englsih: lung cancer", "pathways.lung.englsih"),
        ("calendar:", "calendar: [", "not YAML"),
    ],
)
def test_a_mistake_in_the_users_file_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    with pytest.raises(PathwayError, match=named) as caught:
        load_pathways(changed(tmp_path, old, new))
    assert "mine.yaml" in str(caught.value)


def test_a_file_that_is_missing_or_of_another_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(PathwayError, match=r"nowhere\.yaml"):
        load_pathways(tmp_path / "nowhere.yaml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("name: kræft".encode("cp1252"))
    with pytest.raises(PathwayError, match="UTF-8"):
        load_pathways(latin)
    (tmp_path / "list.yaml").write_text("- a\n- b\n")
    with pytest.raises(PathwayError, match=r"list\.yaml: file:"):
        load_pathways(tmp_path / "list.yaml")
    with pytest.raises(CalendarError, match="time_zone"):
        load_pathways(changed(tmp_path, "Europe/Copenhagen", "Europe/Nowhere"))


def test_every_number_of_the_shipped_file_has_a_mark_and_a_source() -> None:
    told = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    own = [target for it in told["pathways"].values() for target in it.get("targets", {}).values()]
    for target in [*told["usual"].values(), *own, told["urgency"]]:
        assert target["mark"] in {"P", "M", "D", "A"}
        assert target["source"] in told["sources"]
        assert (target["source"] == "forrang") == (target["mark"] == "A")
