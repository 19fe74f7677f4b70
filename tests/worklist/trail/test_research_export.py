"""What leaves for research names nobody, is the same each time, and only an admin turns it back."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support.people import SYSTEM, person
from tests.support.slides import make_slide
from worklist.cases import Case, CaseSlide
from worklist.errors import ExportError, NotAllowedError, SiteKeyError, UnknownPseudonymError
from worklist.store.database import writing
from worklist.store.store import Store
from worklist.store.tables import CaseRow, SlideRow, VerdictRow
from worklist.trail.entries import Wanted, latest
from worklist.trail.pseudonyms import MOST_WEEKS, pseudonym, reveal
from worklist.trail.research_export import ABOUT, Chosen, export_research
from worklist.trail.site_key import keyed, patient_key, site_hash

RESEARCHER, ADMIN = person("rita", "researcher"), person("chief", "admin")
NUMBER = "010190-1234"
RECEIVED = datetime(2026, 11, 16, 9, 15, tzinfo=UTC)


def case(number: str, received: datetime, *slides: CaseSlide, site: str = "Herlev") -> Case:
    due = received + timedelta(days=5)
    return Case(
        accession_number=number,
        pathway="breast",
        pathway_name="kræftpakke bryst",
        received_utc=received,
        deadline_utc=due,
        site=site,
        slides=slides,
    )


@pytest.fixture
def filled(store: Store, tmp_path: Path) -> Store:
    """Two cases of one patient, one of another, one of nobody known; a score, a failure with its reason, a verdict."""
    home = tmp_path / "home"
    scored = CaseSlide(
        path=Path(f"/scans/{NUMBER}/a.svs"),
        state="scored",
        score=0.9,
        flagged=True,
        model="m@1",
        block="1A",
        stain="HE",
    )
    failed = CaseSlide(path=Path("/scans/b.svs"), state="failed", reason=f"{NUMBER} is cut short")
    cases = [
        case("26-000001", RECEIVED, scored, failed),
        case("26-000002", RECEIVED + timedelta(days=3, hours=1)),
        case("26-000003", RECEIVED, site=f"of {NUMBER}"),
        case("26-000004", RECEIVED),
    ]
    store.add_cases(cases, SYSTEM)
    store.sign_out("26-000002", person("anna", "pathologist"))
    with writing(store.engine) as session:
        for row in session.query(CaseRow):
            if row.accession_number < "26-000004":
                row.patient_key = patient_key(home, NUMBER if row.accession_number < "26-000003" else "020290-1234")
        slide = session.query(SlideRow).filter_by(state="scored").one()
        told = {"by": "anna", "verdict": "positive", "comment": f"seen in {NUMBER}", "at_utc": RECEIVED}
        session.add(VerdictRow(slide_id=slide.id, ai_score=0.9, ai_flagged=True, model="m@1", **told))
    return store


def tables(folder: Path) -> dict[str, list[dict[str, object]]]:
    return {path.stem: pq.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))}


def test_the_export_names_nobody_and_keeps_what_research_needs(filled: Store, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = export_research(filled, RESEARCHER, tmp_path / "home", out, Chosen())
    assert (made.cases, made.slides, made.scores, made.verdicts, made.unknown) == (4, 2, 2, 1, ())
    held = tables(out)
    text = json.dumps(held, default=str) + (out / ABOUT).read_text("utf-8")
    for secret in (NUMBER, "0101901234", "26-00000", "anna", "/scans", "a.svs", "cut short", "seen in"):
        assert secret not in text
    key = patient_key(tmp_path / "home", NUMBER)
    assert key not in text
    assert keyed(tmp_path / "home", "fingerprint", "") not in text
    (verdict,) = held["verdicts"]
    scores = {it["slide"]: it for it in held["scores"]}
    assert (verdict["verdict"], scores[verdict["slide"]]["score"]) == ("positive", 0.9)
    assert {it["state"] for it in held["scores"]} == {"scored", "failed"}
    assert sorted(str(it["block"]) for it in held["slides"]) == ["1", "None"]
    assert "of [a Danish CPR number]" in {it["site"] for it in held["cases"]}


def test_dates_move_together_for_a_patient_by_whole_weeks(filled: Store, tmp_path: Path) -> None:
    home = tmp_path / "home"
    export_research(filled, RESEARCHER, home, tmp_path / "out", Chosen())
    held = {it["case"]: it for it in tables(tmp_path / "out")["cases"]}
    hashed = site_hash(home)
    rows = [held[pseudonym(hashed, "case", f"26-00000{number}").name] for number in (1, 2, 3, 4)]
    one, two, three, nobody = rows
    assert one["patient"] == two["patient"] != three["patient"]
    assert nobody["patient"] is None
    assert two["received_utc"] - one["received_utc"] == timedelta(days=3, hours=1)  # type: ignore[operator]
    for row in rows:
        received = row["received_utc"]
        assert isinstance(received, datetime)
        assert received < RECEIVED - timedelta(days=1)
        assert row["deadline_utc"] - received == timedelta(days=5)  # type: ignore[operator]
    moved = RECEIVED - one["received_utc"]  # type: ignore[operator]
    assert moved % timedelta(days=7) == timedelta()
    assert timedelta(days=7) <= moved <= timedelta(days=7 * MOST_WEEKS)


def test_the_same_export_again_is_the_same(filled: Store, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export_research(filled, RESEARCHER, tmp_path / "home", tmp_path / name, Chosen())
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_what_is_chosen_is_exported_and_the_unknown_told(filled: Store, tmp_path: Path) -> None:
    def made(name: str, chosen: Chosen) -> tuple[int, tuple[str, ...]]:
        found = export_research(filled, RESEARCHER, tmp_path / "home", tmp_path / name, chosen)
        return found.cases, found.unknown

    assert made("a", Chosen(accession_numbers=["26-000001", "26-999999"])) == (1, ("26-999999",))
    assert made("b", Chosen(signed_out_only=True)) == (1, ())
    assert made("c", Chosen(received_since_utc=RECEIVED + timedelta(days=1))) == (1, ())
    with pytest.raises(ExportError, match="no case was chosen"):
        made("d", Chosen(accession_numbers=["26-999999"]))
    assert not (tmp_path / "d").exists()
    with pytest.raises(ExportError, match="is there already"):
        made("a", Chosen())


def test_only_a_researcher_exports_and_only_an_admin_turns_back(filled: Store, tmp_path: Path) -> None:
    for role in ("pathologist", "coordinator", "manager", "admin", "system"):
        with pytest.raises(NotAllowedError):
            export_research(filled, person("x", role), tmp_path / "home", tmp_path / "out", Chosen())
    assert not (tmp_path / "out").exists()
    export_research(filled, RESEARCHER, tmp_path / "home", tmp_path / "out", Chosen())
    names = [str(it["case"]) for it in tables(tmp_path / "out")["cases"]]
    for role in ("pathologist", "coordinator", "manager", "researcher", "system"):
        with pytest.raises(NotAllowedError):
            reveal(filled, person("x", role), names[0])
    assert {reveal(filled, ADMIN, name).original for name in names} == {f"26-00000{number}" for number in (1, 2, 3, 4)}
    with pytest.raises(UnknownPseudonymError):
        reveal(filled, ADMIN, "C0000")
    acts = [it.act for it in latest(filled, ADMIN, Wanted(), 7)]
    assert acts == ["see audit", *["reveal pseudonym"] * 4, *["export research"] * 2]


def test_no_pseudonym_looks_like_a_patients_number(tmp_path: Path) -> None:
    hashed = site_hash(tmp_path)
    names = [pseudonym(hashed, "case", str(number)).name for number in range(20_000)]
    assert len(set(names)) == len(names)
    assert not [name for name in names if not name.isalpha()]


def test_another_key_than_the_stores_is_refused(filled: Store, tmp_path: Path) -> None:
    export_research(filled, RESEARCHER, tmp_path / "home", tmp_path / "one", Chosen())
    with pytest.raises(SiteKeyError):
        export_research(filled, RESEARCHER, tmp_path / "other home", tmp_path / "two", Chosen())
    assert not (tmp_path / "two").exists()


def test_slides_leave_under_pseudonyms_and_what_cannot_be_cleaned_stays_with_its_reason(
    store: Store, tmp_path: Path
) -> None:
    good = make_slide(tmp_path / f"{NUMBER}.svs")
    bad = tmp_path / "broken.svs"
    bad.write_bytes(b"no slide")
    store.add_cases([case("26-000001", RECEIVED, CaseSlide(path=good), CaseSlide(path=bad))], SYSTEM)
    made = export_research(store, RESEARCHER, tmp_path / "home", tmp_path / "out", Chosen(), with_slides=True)
    assert made.copied == 1
    (reason,) = made.not_copied.values()
    assert "could not be read" in reason
    files = [path.name for path in (tmp_path / "out" / "slides").iterdir()]
    assert files == [f"{pseudonym(site_hash(tmp_path / 'home'), 'slide', str(good)).name}.svs"]
    assert NUMBER not in json.dumps(tables(tmp_path / "out"), default=str)
